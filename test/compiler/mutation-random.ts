/** Draws of one seed: the same seed gives the same draws on every machine. */
export interface Random {
  /** 0 … below. */
  int(below: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  pickFrom<T>(from: readonly T[]): T | undefined;
  chance(probability: number): boolean;
}

/** mulberry32 over a mixed seed, so that neighbouring seeds have nothing in common. */
export function createRandom(seed: number): Random {
  let state = mix(seed ^ 0x9e3779b9);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (from) => from[int(from.length)] ?? from[0],
    pickFrom: (from) => from[int(from.length)],
  };
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return (bits ^ (bits >>> 14)) >>> 0;
}
