import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { root } from "../../fixtures/project-root.ts";
import { scratchFolder } from "../kit/scratch-folder.ts";

/** Lints files in a house of their own under our configuration, in one run; `file rule message help` per finding. */
export async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = scratchFolder();
  await cp(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  await cp(join(root, "lint"), join(folder, "lint"), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const { stdout } = await execa(oxlint, ["-f", "json", "."], { cwd: folder, reject: false });
  const report = JSON.parse(stdout) as {
    diagnostics: { code: string; message: string; help?: string; filename: string }[];
  };
  return report.diagnostics.map((d) => `${d.filename} ${d.code} ${d.message} ${d.help ?? ""}`);
}
