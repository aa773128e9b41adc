import { createContext, use, useCallback, useMemo, useState, type ReactElement, type ReactNode } from 'react';
import { Icon } from './icon';

interface Speaker {
  /** Says it to a screen reader, when it is done with what it says now. */
  say: (text: string) => void;
  /** Shows to everyone that something was refused. */
  complain: (error: unknown) => void;
}

const SpeakerContext = createContext<Speaker>({ say: () => undefined, complain: () => undefined });

export const useSpeaker = (): Speaker => use(SpeakerContext);

/** Holds the page's live regions, which must be there before something is said in them. */
export function Announcer({ children }: { children: ReactNode }): ReactElement {
  const [said, setSaid] = useState('');
  const [complaint, setComplaint] = useState<string | null>(null);
  const complain = useCallback((error: unknown) => {
    setComplaint(error instanceof Error ? error.message : String(error));
  }, []);
  const speaker = useMemo(() => ({ say: setSaid, complain }), [complain]);
  return (
    <SpeakerContext value={speaker}>
      {children}
      <output className="hidden-text" data-announcer="">
        {said}
      </output>
      <div className="toast-place" role="alert">
        {complaint !== null && (
          <div className="toast">
            <Icon name="warning" />
            <span>{complaint}</span>
            <button
              type="button"
              className="icon-button"
              aria-label="Dismiss"
              onClick={() => setComplaint(null)}
            >
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </SpeakerContext>
  );
}
