import { useEffect, useRef } from 'react';
import { useSpeaker } from '../kit/announcer';
import type { Story } from '../live/wire';

/** Says what comes new to a screen reader, apart from calls, of which there are too many to listen to. */
export function useSpokenStory(story: Story | null): void {
  const { say } = useSpeaker();
  const known = useRef<{ candidateId: string; keys: ReadonlySet<string> } | null>(null);
  useEffect(() => {
    if (story?.state !== 'told') return;
    const worthSaying = story.entries.filter(({ group }) => group !== 'call');
    const before = known.current;
    known.current = { candidateId: story.candidateId, keys: new Set(worthSaying.map(({ key }) => key)) };
    // What happened before somebody looked is read, not announced.
    if (before?.candidateId !== story.candidateId) return;
    const fresh = worthSaying.filter(({ key }) => !before.keys.has(key));
    if (fresh.length > 0) say(fresh.map(({ text }) => text).join(' '));
  }, [story, say]);
}
