/** The few commands that a simulated Machine knows: enough to test clients of exec. */
import type { ExecRequest, ExecResult, Guest } from "./runner.ts";

/**
 * Runs `true`, `false`, `echo …`, `env`, `cat FILE` (one of the configuration's files, or written before), `tee FILE`
 * (writes stdin) or `switch SERVICE=ON/SLOTS…` (the image's, which leaves `active.env`). Anything else answers 127, as
 * a shell does.
 */
export function runSimulated(
  request: ExecRequest,
  guest: Guest,
  written: Map<string, string>,
): ExecResult {
  const [command = "", ...args] = request.command;
  const name = command.split("/").at(-1) ?? "";
  switch (name) {
    case "true":
      return result(0, "");
    case "false":
      return result(1, "");
    case "echo":
      return result(0, `${args.join(" ")}\n`);
    case "env": {
      const env = { ...guest.config.env, ...guest.secrets };
      return result(
        0,
        Object.entries(env)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(""),
      );
    }
    case "cat": {
      const [path = ""] = args;
      const file = guest.config.files?.find(({ guest_path }) => guest_path === path);
      const text = written.get(path) ?? decode(file?.raw_value);
      if (text === undefined) return result(1, "", `cat: ${path}: No such file or directory\n`);
      return result(0, text);
    }
    case "tee": {
      const [path = ""] = args;
      written.set(path, request.stdin);
      return result(0, request.stdin);
    }
    case "switch": {
      const lines = args.map((argument) => /^([a-z][a-z0-9-]*)=(\d+)\/\d+$/.exec(argument));
      if (lines.length === 0 || lines.includes(null)) return result(64, "", "switch: usage\n");
      const text = lines.map((line) => `ACTIVE_${environmentName(line?.[1])}=${line?.[2]}\n`);
      written.set("/flotilla/data/active.env", text.join(""));
      return result(0, "");
    }
    default:
      return result(127, "", `${command}: not found in a simulated Machine\n`);
  }
}

function environmentName(service = ""): string {
  return service.toUpperCase().replaceAll("-", "_");
}

function result(exitCode: number, stdout: string, stderr = ""): ExecResult {
  return { exit_code: exitCode, exit_signal: 0, stdout, stderr };
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8");
}
