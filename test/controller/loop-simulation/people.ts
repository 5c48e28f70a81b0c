/** Those who ask the controller for things, again and again under one key until they are answered. */
import { bearer } from "../../../fixtures/bearer.ts";
import { disturb, say } from "./loop-world.ts";
import type { LivingController, LoopWorld } from "./loop-world.ts";

export interface Asked {
  readonly kind: "burst" | "pause" | "reconcile" | "spec";
  /** Unique. */
  readonly reason: string;
  readonly method: string;
  readonly path: string;
  readonly body: object;
  /** Milliseconds since 1970; 0 for what has no end. */
  until: number;
  endedAt?: number;
  isAnswered: boolean;
  answeredAt: number;
  status: number;
  /** Of a burst or pause. */
  id: string | undefined;
}

export class People {
  readonly asked: Asked[] = [];
  readonly #world: LoopWorld;
  /** In the hands of a controller. */
  readonly #going = new Map<Asked, LivingController>();

  constructor(world: LoopWorld) {
    this.#world = world;
  }

  ask(kind: Asked["kind"], method: string, path: string, body: object): void {
    const reason = `${kind} ${this.asked.length}`;
    this.asked.push({
      kind,
      reason,
      method,
      path,
      body: { ...body, reason },
      until: 0,
      isAnswered: false,
      answeredAt: 0,
      status: 0,
      id: undefined,
    });
    say(this.#world, `${reason}: ${JSON.stringify(body).slice(0, 120)}`);
  }

  /** Ends one that is live, if there is any. */
  async end(kind: "burst" | "pause"): Promise<void> {
    const { dice, clock, controller } = this.#world;
    const live = this.asked.filter(
      (each) =>
        each.kind === kind && each.id !== undefined && (each.endedAt ?? each.until) > clock.now(),
    );
    if (live.length === 0 || controller === undefined) return;
    const chosen = dice.pick(live);
    const answer = await send(this.#world, controller, "DELETE", `/v1/${kind}s/${chosen.id}`);
    disturb(this.#world);
    // One that hears nothing can't know.
    chosen.endedAt = clock.now();
    if (answer?.status === 200) say(this.#world, `${chosen.reason} is ended`);
  }

  /** Sends what has no answer yet. */
  async press(): Promise<void> {
    const { controller } = this.#world;
    if (controller === undefined) return;
    const open = this.asked.filter(
      (each) => !each.isAnswered && this.#going.get(each) !== controller,
    );
    await Promise.all(open.map(async (each) => this.#send(controller, each)));
  }

  async #send(controller: LivingController, asked: Asked): Promise<void> {
    const { clock } = this.#world;
    this.#going.set(asked, controller);
    const { method, path, body, reason } = asked;
    const answer = await send(this.#world, controller, method, path, body, keyOf(reason));
    this.#going.delete(asked);
    if (answer === undefined || answer.status >= 500) return;
    asked.isAnswered = true;
    asked.answeredAt = clock.now();
    asked.status = answer.status;
    const thing = answer.body as { readonly id?: string; readonly until?: string };
    if (answer.status < 300) {
      asked.id = thing.id;
      asked.until = thing.until === undefined ? 0 : Date.parse(thing.until);
    }
    disturb(this.#world);
    say(this.#world, `${reason} is answered ${answer.status}`);
  }
}

/** Undefined: the controller died over it. */
async function send(
  { token }: LoopWorld,
  controller: LivingController,
  method: string,
  path: string,
  body?: object,
  key?: string,
): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  const { api, death } = controller;
  const asking = (async () => {
    const response = await api.app.request(path, {
      method,
      headers: {
        ...bearer(token),
        "content-type": "application/json",
        "if-match": "*",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  })();
  return Promise.race([asking, death.then(() => undefined)]);
}

/** The idempotency key of a request. */
export function keyOf(reason: string): string {
  return reason.replaceAll(" ", "-");
}
