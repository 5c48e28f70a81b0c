/** Opens TLS to an app's Machine and verifies its certificate, as Cloudflare does in the mode Full (strict). */
import type { Socket } from "node:net";
import { type TLSSocket, connect } from "node:tls";
import { dial } from "./dial.ts";
import type { EdgeContext } from "./edge-context.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** One of Cloudflare's addresses (cloudflare.com/ips): the visitor's address that Fly sees, which an origin may trust. */
export const CLOUDFLARE_ADDRESS = "173.245.48.1";
export const DIAL_STATUS = { none: 523, refused: 521, timeout: 522 } as const;

/** Returns the connection, or Cloudflare's status: 521, 522, 523 unreachable; 525 no handshake; 526 an invalid or revoked certificate. Never rejects. */
export async function openOrigin(
  context: EdgeContext,
  app: string,
  hostname: string,
  visitor: Socket,
): Promise<TLSSocket | number> {
  const { localAddress, localPort, remotePort } = visitor;
  const ends = { localAddress, localPort, remotePort, remoteAddress: CLOUDFLARE_ADDRESS };
  const result = await dial({
    ...context,
    app,
    visitorRegion: context.region,
    ends,
    isGone: () => visitor.destroyed,
  });
  if ("failure" in result) return DIAL_STATUS[result.failure];
  const { socket } = result;
  const { promise, resolve } = Promise.withResolvers<TLSSocket | number>();
  const secure = connect({
    socket,
    servername: hostname,
    ca: context.ca.root,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  const timer = setTimeout(() => secure.destroy(), HANDSHAKE_TIMEOUT_MS);
  secure.once("secureConnect", () => {
    clearTimeout(timer);
    const problem = invalidReason(secure, context);
    if (problem === undefined) resolve(secure);
    else {
      context.log(
        `edge ${context.region}: 526 for ${hostname} from ${result.target.machine.id}: ${problem}`,
      );
      resolve(526);
      secure.destroy();
    }
  });
  secure.on("error", () => resolve(525));
  secure.once("close", () => {
    clearTimeout(timer);
    socket.destroy();
    resolve(525);
  });
  return promise;
}

function invalidReason(secure: TLSSocket, context: EdgeContext): string | undefined {
  // With `rejectUnauthorized: false` Node reports here that the certificate is untrusted, expired, or for another name.
  if (!secure.authorized) return String(secure.authorizationError);
  const { fingerprint256 } = secure.getPeerCertificate();
  return context.isRevoked(fingerprint256) ? "the certificate is revoked" : undefined;
}
