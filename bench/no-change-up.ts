/**
 * Measures a `pulumi up` of region iad without changes, refresh included. Floors: the same engine with an empty program,
 * and with a program that has the same two providers and nothing for them to do. Aim: at most 1.5 times the empty program.
 */
import { Sandbox } from "../fixtures/sandbox.ts";
import { bareProject, EMPTY, SAME_PROVIDERS } from "./bare-project.ts";
import { describeMachine, formatTimes, measureInTurn } from "./measure.ts";

const runs = Number(process.argv[2] ?? 7);
const sandbox = await Sandbox.create();
try {
  await sandbox.up("simulated");
  const [subject, empty, providers] = await measureInTurn(runs, [
    () => sandbox.apply("iad"),
    await bareProject(sandbox, "empty", EMPTY),
    await bareProject(sandbox, "providers", SAME_PROVIDERS),
  ]);
  console.log(describeMachine());
  console.log(`no-change up of iad            ${formatTimes(subject)}`);
  console.log(`empty program                  ${formatTimes(empty)}`);
  console.log(`same providers, nothing to do  ${formatTimes(providers)}`);
  console.log(
    `ratios of medians              ${(subject.median / empty.median).toFixed(2)} (aim ≤ 1.5), ${(subject.median / providers.median).toFixed(2)}`,
  );
} finally {
  await sandbox.close();
}
