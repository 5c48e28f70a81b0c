/** What a region's check is given on stdin: `CheckDesired` of the compiler, and the region. */
export interface CheckInput {
  readonly region: string;
  /** Host name → guest path → text. */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of the app secrets that files and processes read. */
  readonly secrets: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @throws Error naming the first field that is not as it should be. */
export function parseCheckInput(text: string): CheckInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error("The input isn't JSON.", { cause: error });
  }
  if (!isRecord(value)) throw new Error("The input must be an object.");
  const { region, hosts, secrets, env } = value;
  if (typeof region !== "string") throw new Error("`region` must be a string.");
  if (!isRecord(hosts)) throw new Error("`hosts` must be an object.");
  const files: Record<string, Record<string, string>> = {};
  for (const [host, byPath] of Object.entries(hosts)) {
    files[host] = strings(byPath, `hosts["${host}"]`);
    for (const path of Object.keys(files[host])) {
      if (!path.startsWith("/flotilla/") || path.split("/").includes("..")) {
        throw new Error(`\`hosts["${host}"]\` has a file outside /flotilla: ${path}.`);
      }
    }
  }
  if (!Array.isArray(secrets) || !secrets.every((name) => typeof name === "string")) {
    throw new Error("`secrets` must be a list of names.");
  }
  return { region, hosts: files, secrets, env: strings(env, "env") };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(value: unknown, name: string): Record<string, string> {
  if (!isRecord(value)) throw new Error(`\`${name}\` must be an object.`);
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string") throw new Error(`\`${name}["${key}"]\` must be a string.`);
    return [key, text];
  });
  return Object.fromEntries(entries);
}
