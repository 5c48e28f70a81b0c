import type { CommandListItem } from "../command-line/program.ts";

/** Every command, in the order of the help. A new command is a file that exports `define`, and its line here. */
export const COMMANDS: readonly CommandListItem[] = [
  {
    name: "validate",
    about: "check a spec folder and report every mistake; makes no call",
    load: () => import("./validate.ts"),
  },
  {
    name: "compile",
    about: "print the desired state of one stack, `global` or a region, as JSON",
    load: () => import("./compile.ts"),
  },
  {
    name: "plan",
    about: "show what the specs change against those of a commit, per stack; makes no call",
    load: () => import("./plan.ts"),
  },
  {
    name: "regions",
    about: "list the fleet's regions in rollout order; --json for pipelines",
    load: () => import("./regions.ts"),
  },
  {
    name: "init",
    about: "write a commented starter spec, with its schema for editors; overwrites nothing",
    load: () => import("./init.ts"),
  },
  {
    name: "local",
    about: "a cloud on this machine, with the specs deployed onto it",
    commands: [
      {
        name: "up",
        about: "start the local cloud and deploy the specs onto it with the real engine",
        load: () => import("./local/up.ts"),
      },
      {
        name: "down",
        about: "stop the controller and the local cloud",
        load: () => import("./local/down.ts"),
      },
      {
        name: "status",
        about: "list the hosts with their states and checks, and the endpoints",
        load: () => import("./local/status.ts"),
      },
      {
        name: "env",
        about:
          'print shell exports for plain `pulumi` and `flyctl`: eval "$(npx flotilla local env)"',
        load: () => import("./local/env.ts"),
      },
      {
        name: "publish",
        about: "publish a job for the sample worker, with the operator's own key",
        load: () => import("./local/publish.ts"),
      },
      {
        name: "kill",
        about: "destroy a host's Machine behind Pulumi's back",
        load: () => import("./local/kill.ts"),
      },
      {
        name: "fault",
        about: "make the local cloud behave as Fly does on a bad day",
        commands: [
          {
            name: "add",
            about: "add a fault; `fault presets` lists the named ones",
            load: () => import("./local/fault/add.ts"),
          },
          {
            name: "list",
            about: "list the faults and how often each was applied",
            isDefault: true,
            load: () => import("./local/fault/list.ts"),
          },
          {
            name: "clear",
            about: "remove one fault, or all",
            load: () => import("./local/fault/clear.ts"),
          },
          {
            name: "presets",
            about: "list the named faults",
            load: () => import("./local/fault/presets.ts"),
          },
        ],
      },
    ],
  },
  {
    name: "controller",
    about: "the service that applies the specs, repairs drift and scales",
    commands: [
      {
        name: "serve",
        about: "run the controller; tokens and the backend come from the environment",
        load: () => import("./controller/serve.ts"),
      },
      {
        name: "backup",
        about: "copy the store, also while the controller runs",
        load: () => import("./controller/backup.ts"),
      },
      {
        name: "token",
        about: "tokens for the controller's API",
        commands: [
          {
            name: "create",
            about: "create a token and show it once",
            load: () => import("./controller/token/create.ts"),
          },
          {
            name: "list",
            about: "list the tokens, without their secrets",
            isDefault: true,
            load: () => import("./controller/token/list.ts"),
          },
          {
            name: "revoke",
            about: "revoke a token, at once",
            load: () => import("./controller/token/revoke.ts"),
          },
        ],
      },
    ],
  },
  {
    name: "scale",
    about: "show how many replicas run, and change it for good or for a limited time",
    commands: [
      {
        name: "show",
        about:
          "show counts, bounds and reasons; with --file, compare a file with the applied specs",
        isDefault: true,
        load: () => import("./scale/show.ts"),
      },
      {
        name: "set",
        about: "change a service for good: a commit to the specs",
        load: () => import("./scale/set.ts"),
      },
      {
        name: "burst",
        about: "scale a service out in one region for a limited time, inside its bounds",
        load: () => import("./scale/burst.ts"),
      },
      {
        name: "end",
        about: "end a burst now",
        load: () => import("./scale/end.ts"),
      },
    ],
  },
  {
    name: "status",
    about: "show the desired state, the observed state, and why they differ",
    load: () => import("./status.ts"),
  },
  {
    name: "pause",
    about: "stop the controller from scaling or repairing for a limited time",
    commands: [
      {
        name: "start",
        about: "start a pause of the fleet, a region or a service",
        load: () => import("./pause/start.ts"),
      },
      {
        name: "end",
        about: "end a pause now",
        load: () => import("./pause/end.ts"),
      },
    ],
  },
  {
    name: "reconcile",
    about: "fetch the specs' branch now, and run every stack from it",
    load: () => import("./reconcile.ts"),
  },
  {
    name: "volumes",
    about: "volumes of the fleet's app; Pulumi keeps them when it destroys a host",
    commands: [
      {
        name: "list",
        about: "list the volumes, each with the Machine it is attached to",
        load: () => import("./volumes/list.ts"),
      },
      {
        name: "prune",
        about: "delete an unattached volume with all its data",
        load: () => import("./volumes/prune.ts"),
      },
    ],
  },
  {
    name: "toolchain",
    about: "the programs that flotilla drives: the engine and the services",
    commands: [
      {
        name: "list",
        about: "list each tool with its version and its origin",
        isDefault: true,
        load: () => import("./toolchain/list.ts"),
      },
      {
        name: "install",
        about: "build the missing tools",
        load: () => import("./toolchain/install.ts"),
      },
    ],
  },
];
