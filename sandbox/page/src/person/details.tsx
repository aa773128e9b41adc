import { useState, type FormEvent, type ReactElement } from 'react';
import type { MoveCandidate } from '../board/use-moves';
import { Field } from '../kit/field';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import { useSandbox } from '../live/sandbox-context';
import type { Candidate } from '../live/wire';
import { useTourMark } from '../tour/tour-context';

interface DetailsProps {
  candidate: Candidate;
  onMove: MoveCandidate;
}

const KEPT = 'kept';

/** Where a candidate stands, how to reach them, and what for: all of it can be changed. */
export function Details({ candidate, onMove }: DetailsProps): ReactElement {
  const { world } = useSandbox();
  const { isBusy, act } = useAct();
  const { id, stageId, postingId, archived } = candidate;
  const mark = useTourMark();
  // Null: as Lever has it.
  const [emails, setEmails] = useState<string | null>(null);

  const saveEmails = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const list = (emails ?? candidate.emails.join(', ')).split(/[\s,;]+/).filter((email) => email !== '');
    if (await act(() => drive.change(id, { emails: list }), 'The email addresses are saved.'))
      setEmails(null);
  };

  return (
    <section className="person__section" aria-label="Details">
      <div className="person__pair">
        <Field label="Stage">
          {(ids) => (
            <select
              className={`input ${mark('stage')}`}
              value={stageId}
              onChange={(event) => void onMove(id, event.target.value)}
              {...ids}
            >
              {world.stages.map((stage) => (
                <option key={stage.id} value={stage.id}>
                  {stage.text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Archive">
          {(ids) => (
            <select
              className="input"
              value={archived ?? KEPT}
              onChange={(event) => {
                const reason = world.archiveReasons.find(({ text }) => text === event.target.value);
                void act(() => drive.archive(id, reason?.id ?? null), reason ? 'Archived.' : 'Not archived.');
              }}
              {...ids}
            >
              <option value={KEPT}>Not archived</option>
              {world.archiveReasons.map((reason) => (
                <option key={reason.id} value={reason.text}>
                  {reason.text}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Field label="Job">
        {(ids) => (
          <select
            className="input"
            value={postingId ?? ''}
            onChange={(event) =>
              void act(() => drive.change(id, { postingId: event.target.value }), 'The job is changed.')
            }
            {...ids}
          >
            {postingId === null && <option value="">None</option>}
            {world.postings.map((posting) => (
              <option key={posting.id} value={posting.id}>
                {posting.location === null ? posting.text : `${posting.text}, ${posting.location}`}
              </option>
            ))}
          </select>
        )}
      </Field>
      <form onSubmit={(event) => void saveEmails(event)}>
        <Field label="Email addresses">
          {(ids) => (
            <span className="input-row">
              <input
                className={`input ${mark('emails')}`}
                inputMode="email"
                autoComplete="off"
                placeholder="name@example.com"
                value={emails ?? candidate.emails.join(', ')}
                onChange={(event) => setEmails(event.target.value)}
                {...ids}
              />
              <button type="submit" className="button" disabled={isBusy || emails === null}>
                Save
              </button>
            </span>
          )}
        </Field>
      </form>
      {candidate.phones.length > 0 && (
        <p className="faint">
          Phone: <span>{candidate.phones.join(', ')}</span>
        </p>
      )}
    </section>
  );
}
