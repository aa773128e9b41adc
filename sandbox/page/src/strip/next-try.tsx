import { useEffect, useState, type ReactElement } from 'react';

/** Counts down to when a failed call is made again; nothing once that is past. */
export function NextTry({ at }: { at: string | null }): ReactElement | null {
  const dueAt = at === null ? 0 : Date.parse(at);
  const [seconds, setSeconds] = useState(() => secondsUntil(dueAt));
  useEffect(() => {
    if (secondsUntil(dueAt) <= 0) return undefined;
    const timer = setInterval(() => setSeconds(secondsUntil(dueAt)), 500);
    return () => clearInterval(timer);
  }, [dueAt]);
  return seconds <= 0 ? null : <span className="chip chip--amber">again in {seconds} s</span>;
}

const secondsUntil = (at: number): number => Math.ceil((at - Date.now()) / 1000);
