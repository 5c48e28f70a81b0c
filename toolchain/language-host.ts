/**
 * What stands beside the language host's binary. The engine offers runtime options over gRPC, which this older
 * host can't read: the wrapper passes the one that matters, so that Node itself loads TypeScript.
 */
export const languageHostWrapper = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/pulumi-language-nodejs-3.68" -typescript=false "$@"
`;

/** File names as the engine looks for them beside itself. */
export const wrapperName = "pulumi-language-nodejs";
export const dynamicProviderName = "pulumi-resource-pulumi-nodejs";
