import type { Case } from './cases.ts';

export interface Figure {
  name: string;
  p50Ms: number;
  p95Ms: number;
  /** How many items an answer held, as a median; null where it is no list. */
  items: number | null;
}

const WARM_UP = 10;

async function measureOnce(
  url: string,
  adminKey: string,
  cases: readonly Case[],
  calls: number,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measured of cases) {
    const { name } = measured;
    const tookMs: number[] = [];
    const items: number[] = [];
    for (let n = -WARM_UP; n < calls; n++) {
      const target = `${url}${measured.path(n + WARM_UP)}`;
      const begin = performance.now();
      const answer = await fetch(target, { headers: { authorization: `Bearer ${adminKey}` } });
      const body = await answer.text();
      const took = performance.now() - begin;
      if (!answer.ok) throw new Error(`${name}: ${target} answered ${answer.status}`);
      if (n < 0) continue;
      tookMs.push(took);
      const listed = (JSON.parse(body) as { items?: unknown[] }).items;
      if (listed) items.push(listed.length);
    }
    tookMs.sort((a, b) => a - b);
    figures.push({
      name,
      p50Ms: quantile(tookMs, 0.5),
      p95Ms: quantile(tookMs, 0.95),
      items:
        items.length === 0
          ? null
          : quantile(
              items.toSorted((a, b) => a - b),
              0.5,
            ),
    });
  }
  return figures;
}

/**
 * Calls each case again and again, one call at a time, over HTTP; the answer is read to its end. Of several rounds the
 * one with the lowest p95 counts, for each case: what else the machine was busy with is left out so.
 */
export async function measure(
  url: string,
  adminKey: string,
  cases: readonly Case[],
  { calls, rounds }: { calls: number; rounds: number },
): Promise<Figure[]> {
  let best = await measureOnce(url, adminKey, cases, calls);
  for (let round = 1; round < rounds; round++) {
    const figures = await measureOnce(url, adminKey, cases, calls);
    best = best.map((figure, index) => {
      const other = figures[index] ?? figure;
      return other.p95Ms < figure.p95Ms ? other : figure;
    });
  }
  return best;
}

const quantile = (sorted: readonly number[], q: number): number =>
  Math.round((sorted[Math.ceil(sorted.length * q) - 1] ?? Number.NaN) * 100) / 100;
