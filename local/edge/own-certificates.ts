/** Certificates that the edge itself holds, by server name: Cloudflare's own, and Fly's for the hostnames of an app. */
import { callbackify } from "node:util";
import { type SecureContext, createSecureContext } from "node:tls";
import type { EdgeContext } from "./edge-context.ts";

export type ServerNameCallback = (
  hostname: string,
  done: (error: Error | null, context?: SecureContext) => void,
) => void;

/** Returns an SNI callback that issues one certificate per hostname. @param refusal returns why a hostname gets none; then the handshake fails */
export function ownCertificates(
  { ca }: Pick<EdgeContext, "ca">,
  refusal: (hostname: string) => string | undefined,
): ServerNameCallback {
  const contexts = new Map<string, Promise<SecureContext>>();
  return callbackify((given: string) => {
    const hostname = given.toLowerCase();
    const reason = refusal(hostname);
    if (reason !== undefined) return Promise.reject(new Error(reason));
    const known = contexts.get(hostname);
    if (known) return known;
    const made = ca
      .issue([hostname])
      .then(({ key, certificate }) => createSecureContext({ key, cert: certificate }));
    contexts.set(hostname, made);
    made.catch(() => contexts.delete(hostname));
    return made;
  });
}
