/** A bucket that holds `burst` requests and is refilled by `perSecond`. */
export interface TokenBucket {
  /** Takes one request out: 0 when it was there, else the seconds until one will be. */
  take(nowMs: number): number;
}

export function tokenBucket(perSecond: number, burst: number): TokenBucket {
  let level = burst;
  let filledAtMs: number | undefined;
  return {
    take(nowMs) {
      const elapsedMs = Math.max(0, nowMs - (filledAtMs ?? nowMs));
      level = Math.min(burst, level + (elapsedMs * perSecond) / 1000);
      filledAtMs = nowMs;
      if (level < 1) return (1 - level) / perSecond;
      level -= 1;
      return 0;
    },
  };
}

/** Buckets by credential, each made at its first request. */
export function bucketShelf(perSecond: number, burst: number): (key: string) => TokenBucket {
  const buckets = new Map<string, TokenBucket>();
  return (key) => {
    const bucket = buckets.get(key) ?? tokenBucket(perSecond, burst);
    buckets.set(key, bucket);
    return bucket;
  };
}
