import type { RunProgress } from "../engine/progress.ts";
import type { CloudInfo } from "../local/index.ts";
import type { InstalledPlugin } from "../local/plugins/install.ts";
import type { ToolEvent } from "../toolchain/index.ts";
import type { ControllerAddress } from "./controller-process.ts";
import type { Verified } from "./verification.ts";

/** What `deployLocally` reports while it works, in order. */
export type LocalUpEvent =
  | { readonly kind: "tool-progress"; readonly event: ToolEvent }
  | { readonly kind: "tools-ready" }
  | { readonly kind: "cloud-starting" }
  | { readonly kind: "cloud-ready"; readonly cloud: CloudInfo }
  | { readonly kind: "plugins-starting" }
  | { readonly kind: "plugins-progress"; readonly text: string }
  | { readonly kind: "plugins-ready"; readonly plugins: readonly InstalledPlugin[] }
  | { readonly kind: "secrets-generated"; readonly names: readonly string[] }
  | { readonly kind: "run-started"; readonly stack: string }
  | { readonly kind: "run-warning"; readonly text: string }
  | { readonly kind: "run-progress"; readonly progress: RunProgress }
  | RunFinished
  | { readonly kind: "verification-started"; readonly hostname: string; readonly region: string }
  | EdgeVerified
  | { readonly kind: "controller-starting"; readonly notice: string | undefined }
  | { readonly kind: "controller-ready"; readonly controller: ControllerAddress };

interface RunFinished {
  readonly kind: "run-finished";
  readonly stack: string;
  /** Operation → number of resources. */
  readonly changes: Readonly<Record<string, number>>;
}

interface EdgeVerified extends Verified {
  readonly kind: "verified";
  readonly hostname: string;
  readonly region: string;
  readonly port: number;
}
