/**
 * Script that starts the language host. The engine sends runtime options over gRPC, which this older host can't read:
 * the script passes the one that matters, so that Node itself loads TypeScript.
 */
export const languageHostWrapper = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/pulumi-language-nodejs-3.68" -typescript=false "$@"
`;

/** Names of the files that the engine looks for beside itself. */
export const wrapperName = "pulumi-language-nodejs";
export const dynamicProviderName = "pulumi-resource-pulumi-nodejs";
