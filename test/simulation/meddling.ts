/** Changes that somebody makes by hand through the API, as flyctl does. */
import { bearer } from "../../fixtures/bearer.ts";
import type { FlyApi } from "../../local/fly/server.ts";
import type { Dice } from "./dice.ts";
import { app } from "./fleet.ts";

/** Makes a change by hand and returns its description. */
export async function meddle(api: FlyApi, dice: Dice): Promise<string> {
  const machines = api.store.machines.all().filter(({ state }) => state !== "destroyed");
  if (machines.length === 0) return "nothing";
  const machine = dice.pick(machines);
  const at = `/machines/${machine.id}`;
  const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
    destroys: () => ask(api, "DELETE", `${at}?force=true`),
    stops: () => ask(api, "POST", `${at}/stop`, {}),
    starts: () => ask(api, "POST", `${at}/start`, {}),
    restarts: () => ask(api, "POST", `${at}/restart`, {}),
    cordons: () => ask(api, "POST", `${at}/cordon`, {}),
    uncordons: () => ask(api, "POST", `${at}/uncordon`, {}),
    "takes the environment of": () =>
      ask(api, "POST", at, { config: { ...machine.config, env: {} } }),
    "relabels the stack of": () => ask(api, "POST", `${at}/metadata/stack`, { value: "elsewhere" }),
    "drops the label host of": () => ask(api, "DELETE", `${at}/metadata/host`),
    copies: () =>
      ask(api, "POST", "/machines", {
        name: `copy-${machine.id}`,
        region: machine.region,
        config: { ...machine.config, mounts: [] },
      }),
    "unsets the secrets beside": () =>
      ask(api, "POST", "/secrets", {
        values: Object.fromEntries(
          api.store.secrets.all().map(({ name }): [string, null] => [name, null]),
        ),
      }),
  };
  const deed = dice.pick(Object.keys(deeds));
  await deeds[deed]?.();
  return `${deed} ${machine.name}`;
}

async function ask(api: FlyApi, method: string, path: string, body?: object): Promise<void> {
  const answer = await api.app.request(`/v1/apps/${app}${path}`, {
    method,
    headers: bearer(api.token),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // The API may refuse to start a running Machine or to stop a stopped one: then nothing was changed.
  if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status}`);
}
