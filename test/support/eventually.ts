/** Waits for a condition instead of for a time; fails with the condition's own last error. */
export async function eventually<T>(condition: () => Promise<T> | T, timeoutMs = 40_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await condition();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((next) => setTimeout(next, 25));
    }
  }
}
