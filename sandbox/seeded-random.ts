/** Answers numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** The mulberry32 generator: the same seed gives the same numbers, so a run with faults can be repeated. */
export function seededRandom(seed: number): Random {
  let state = Math.trunc(seed);
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
