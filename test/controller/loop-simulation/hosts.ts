/** The hosts that are there, the engine's runs that change them, and the hands that meddle. */
import type { RegionDesired } from "../../../compiler/compile.ts";
import type { ObservedHost } from "../../../providers/fly/observe-hosts.ts";
import type { ObservedProcess } from "../../../providers/fly/observe-processes.ts";
import type { Dice } from "../../simulation/dice.ts";

export class SimulatedHosts {
  readonly #hosts = new Map<string, ObservedHost>();
  /** Slots that a hand has stopped behind the metadata's back: `iad-0 worker-1`. */
  readonly #stoppedSlots = new Set<string>();
  readonly #doubted = new Set<string>();
  readonly #texts = new Map<string, string>();
  #versions = 0;

  list(): readonly ObservedHost[] {
    return [...this.#hosts.values()];
  }

  versions(region: string): Record<string, string> {
    const own = this.list().filter((host) => host.region === region);
    return Object.fromEntries(own.map(({ name, version }) => [name, version]));
  }

  inside(name: string): readonly ObservedProcess[] {
    return Object.entries(this.#hosts.get(name)?.active ?? {}).flatMap(([service, on]) =>
      Array.from({ length: on }, (_, slot) => ({
        name: `${service}-${slot}`,
        on: !this.#stoppedSlots.has(`${name} ${service}-${slot}`),
      })),
    );
  }

  doubt(id: string): void {
    this.#doubted.add(id);
  }

  /** What an `up` does, from the first host to the last; a part of it, if it is cut off. */
  apply({ region, hosts }: RegionDesired, share: number): void {
    const wanted = new Set(hosts.map(({ name }) => name));
    const gone = this.list().filter((host) => host.region === region && !wanted.has(host.name));
    const steps = [
      ...hosts.map((host) => () => this.#bring(host)),
      ...gone.map(
        ({ name }) =>
          () =>
            this.#destroy(name),
      ),
    ];
    for (const step of steps.slice(0, Math.round(steps.length * share))) step();
  }

  #bring({ name, region, state, active, files, config }: RegionDesired["hosts"][number]): void {
    const before = this.#hosts.get(name);
    const id = before?.id ?? `id-${name}-${(this.#versions += 1)}`;
    const text = JSON.stringify([files, config]);
    const isSame = this.#texts.get(name) === text;
    this.#texts.set(name, text);
    // The provider believes the metadata, unless it was told not to.
    if (this.#doubted.delete(id) || !isSame || before?.state !== state) this.#mendSlots(name);
    this.#hosts.set(name, {
      id,
      name,
      region,
      managed: true,
      state,
      cordoned: state === "stopped",
      version: isSame && before !== undefined ? before.version : this.#newVersion(),
      checks: { passing: 1, total: 1 },
      ...(state === "started" ? { active: { ...active } } : {}),
    });
  }

  #newVersion(): string {
    return `v${(this.#versions += 1)}`;
  }

  #destroy(name: string): void {
    this.#hosts.delete(name);
    this.#texts.delete(name);
    this.#mendSlots(name);
  }

  #mendSlots(name: string): void {
    for (const slot of this.#stoppedSlots)
      if (slot.startsWith(`${name} `)) this.#stoppedSlots.delete(slot);
  }

  /** Something a person can do with Fly's own tools. @returns what, or undefined where there is nothing to do it to */
  meddle(dice: Dice): string | undefined {
    const started = this.list().filter(({ state }) => state === "started");
    if (started.length === 0) return undefined;
    const host = dice.pick(started);
    const { name, version: _, ...rest } = host;
    switch (dice.below(7)) {
      case 0:
        this.#destroy(name);
        return `${name} is destroyed`;
      case 1:
        // Whatever runs in it starts anew with it.
        this.#mendSlots(name);
        this.#hosts.set(name, { ...host, state: "stopped" });
        return `${name} is stopped`;
      case 2:
        this.#hosts.set(name, { ...host, cordoned: true });
        return `${name} is cordoned`;
      case 3:
        this.#texts.delete(name);
        this.#hosts.set(name, { ...rest, name, version: this.#newVersion() });
        return `${name} has another configuration`;
      default: {
        const slots = this.inside(name).filter(({ on }) => on);
        if (slots.length === 0) return undefined;
        const slot = dice.pick(slots).name;
        this.#stoppedSlots.add(`${name} ${slot}`);
        return `slot ${slot} of ${name} is stopped`;
      }
    }
  }

  /** Everything that isn't as it should be, as sentences. */
  differences({ region, hosts }: RegionDesired): readonly string[] {
    const own = this.list().filter((host) => host.region === region);
    const wanted = new Set(hosts.map(({ name }) => name));
    return [
      ...own.filter(({ name }) => !wanted.has(name)).map(({ name }) => `${name} is too many`),
      ...hosts.flatMap(({ name, state, active, files, config }) => {
        const live = this.#hosts.get(name);
        if (live === undefined) return [`${name} is missing`];
        const slots = JSON.stringify(live.active ?? {});
        return [
          ...(live.state === state ? [] : [`${name} is ${live.state}, not ${state}`]),
          ...(live.cordoned === (state === "stopped") ? [] : [`${name} is cordoned wrongly`]),
          ...(state === "stopped" || slots === JSON.stringify(active)
            ? []
            : [`${name} runs ${slots}, not ${JSON.stringify(active)}`]),
          ...(this.#texts.get(name) === JSON.stringify([files, config])
            ? []
            : [`${name} has another configuration`]),
          ...this.inside(name).flatMap((slot) =>
            slot.on ? [] : [`slot ${slot.name} of ${name} doesn't run`],
          ),
        ];
      }),
    ];
  }
}
