import { useEffect, useState, type ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { Switch } from '../kit/switch';
import { dayAndTime } from '../kit/times';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import type { Candidate, Note } from '../live/wire';
import { useTour, useTourMark } from '../tour/tour-context';

/** Notes, the newest first. Secret ones are only fetched for somebody who may see them. */
export function Notes({ candidate: { id, notes } }: { candidate: Candidate }): ReactElement {
  const { act } = useAct();
  const { noteSeen } = useTour();
  const mark = useTourMark();
  const [isAuthorized, setIsAuthorized] = useState(false);
  const [secrets, setSecrets] = useState<ReadonlyMap<string, string>>(new Map());
  const secretCount = notes.filter(({ secret }) => secret).length;

  useEffect(() => {
    if (!isAuthorized || secretCount === 0) return;
    void act(async () => {
      setSecrets(await drive.secretNotes(id));
      noteSeen(id);
    });
  }, [isAuthorized, secretCount, id, act, noteSeen]);

  return (
    <section className="person__section" aria-labelledby="notes-title">
      <h3 id="notes-title">Notes</h3>
      <div className={mark('authorized')}>
        <Switch
          label="View as authorized user"
          hint="Secret notes are shown only to people who may see them."
          isOn={isAuthorized}
          onChange={setIsAuthorized}
        />
      </div>
      {notes.length === 0 && (
        <p className="faint">No notes yet. The result of a check comes as a secret one.</p>
      )}
      {notes.toReversed().map((note) => (
        <NoteView
          key={note.id}
          note={note}
          text={isAuthorized ? (secrets.get(note.id) ?? note.text) : note.text}
        />
      ))}
    </section>
  );
}

function NoteView({ note, text }: { note: Note; text: string | null }): ReactElement {
  return (
    <article className={note.secret ? 'note note--secret' : 'note'}>
      <header className="note__head">
        {note.secret && <Icon name="lock" />}
        <span>
          {note.secret ? 'Secret note' : 'Note'}
          {note.byApi ? ' by the service' : ''}
        </span>
        <time dateTime={new Date(note.at).toISOString()}>{dayAndTime(note.at)}</time>
      </header>
      {text === null ? (
        <p className="faint">Hidden from whoever may not see it.</p>
      ) : (
        <p className="note__text">{text}</p>
      )}
    </article>
  );
}
