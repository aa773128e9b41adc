import { useEffect, useState } from 'react';
import type { Story, World } from './wire';

export type Connection = 'connecting' | 'live' | 'lost';

const ASK_AGAIN_MS = 2_000;

export interface Live {
  connection: Connection;
  world: World | null;
  /** Of the chosen candidate; null while it is not known yet. */
  story: Story | null;
}

/**
 * Follows the sandbox. A hidden tab lets its stream go, for a browser opens six to one address at most, and takes it
 * up again when it is looked at. A broken stream is taken up again by the browser itself.
 */
export function useLive(candidateId: string | null): Live {
  const [connection, setConnection] = useState<Connection>('connecting');
  const [world, setWorld] = useState<World | null>(null);
  const [story, setStory] = useState<Story | null>(null);

  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const open = (): void => {
      const query = candidateId === null ? '' : `?candidate=${encodeURIComponent(candidateId)}`;
      source = new EventSource(`/live${query}`);
      source.addEventListener('world', (event) => {
        setConnection('live');
        setWorld(JSON.parse(event.data as string) as World);
      });
      source.addEventListener('story', (event) => setStory(JSON.parse(event.data as string) as Story));
      source.addEventListener('error', () => {
        setConnection('lost');
        // After an answer that is no stream the browser would not ask again.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, ASK_AGAIN_MS);
      });
    };
    const close = (): void => {
      clearTimeout(again);
      source?.close();
      source = null;
    };
    const followVisibility = (): void => {
      if (document.hidden) close();
      else if (source === null) open();
    };
    followVisibility();
    document.addEventListener('visibilitychange', followVisibility);
    return () => {
      document.removeEventListener('visibilitychange', followVisibility);
      close();
    };
  }, [candidateId]);

  return { connection, world, story: story?.candidateId === candidateId ? story : null };
}
