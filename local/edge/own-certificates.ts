/** Certificates that the edge itself holds, by server name: Cloudflare's of its edge, Fly's of an app's hostnames. */
import { callbackify } from "node:util";
import { type SecureContext, createSecureContext } from "node:tls";
import type { EdgeContext } from "./edge-context.ts";

export type ServerNameCallback = (
  hostname: string,
  done: (error: Error | null, context?: SecureContext) => void,
) => void;

/** One certificate per hostname that `refusal` has nothing against; others get none, and the handshake fails. */
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
