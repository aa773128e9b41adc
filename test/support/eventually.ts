/** Looked at soon, for most conditions come true in no time, and ever less often: looking takes from what is waited for. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 150;

/** Waits for a condition instead of for a time; fails with the condition's own last error. */
export async function eventually<T>(condition: () => Promise<T> | T, timeoutMs = 40_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.2, LONGEST_PAUSE_MS)) {
    try {
      return await condition();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((next) => setTimeout(next, pauseMs));
    }
  }
}
