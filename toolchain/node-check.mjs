// Plain JavaScript on purpose: this runs on a Node that can't load TypeScript, and refuses it in one sentence.
// `node-version.ts` does the same where TypeScript runs already.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This is Node ${process.versions.node}, and flotilla needs 22.18 or newer: run \`npm ci\` (without --ignore-scripts; it installs Node 24 for npm scripts and npx), or install Node 24 from https://nodejs.org.`,
  );
  process.exit(2);
}
