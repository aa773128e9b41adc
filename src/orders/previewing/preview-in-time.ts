/** How many are worked on at once. */
const AT_ONCE = 4;

/**
 * Works through items in their order, a few at once, until all are done, the time is up or a whole batch failed. Work
 * that is under way when the time is up is left behind and does not count.
 *
 * @param work gets the signal too, so that it stops waiting for what nobody wants any more
 * @returns what became of the first items; those that are not among them were not reached
 */
export async function workInTime<T, R>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
): Promise<PromiseSettledResult<R>[]> {
  const done: PromiseSettledResult<R>[] = [];
  const timeUp = aborted(signal);
  while (done.length < items.length && !signal.aborted) {
    const batch = items.slice(done.length, done.length + AT_ONCE).map((item) => work(item, signal));
    const results = await Promise.race([Promise.allSettled(batch), timeUp]);
    if (results === null) break;
    done.push(...results);
    if (results.every(({ status }) => status === 'rejected')) break;
  }
  return done;
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
