import { useEffect, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { Field } from '../kit/field';
import { Icon } from '../kit/icon';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import { useSandbox } from '../live/sandbox-context';
import { goTo } from '../shell/place';
import { revealColumn } from './use-carry';

const MANY = 100;

interface AddCandidatesProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Adds one candidate, or a hundred invented ones at once. */
export function AddCandidates({ isOpen, onClose }: AddCandidatesProps): ReactElement {
  const { world } = useSandbox();
  const { isBusy, act } = useAct();
  const dialog = useRef<HTMLDialogElement>(null);
  const newest = world.stages.find(({ text }) => text === 'New applicant') ?? world.stages[0];
  const [stageId, setStageId] = useState(newest?.id ?? '');

  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);

  const addOne = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: string): string => {
      const value = given.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const list = (name: string): string[] => (text(name) === '' ? [] : [text(name)]);
    let id = '';
    const done = await act(
      async () => {
        const posting = text('posting') === '' ? {} : { postingId: text('posting') };
        const name = text('name');
        id = await drive.addCandidate({
          name,
          emails: list('email'),
          phones: list('phone'),
          stageId,
          ...posting,
        });
      },
      `${text('name')} was added.`,
    );
    if (!done) return;
    form.reset();
    onClose();
    goTo({ candidateId: id });
  };

  const addMany = async (): Promise<void> => {
    if (!(await act(() => drive.addMany(MANY, stageId), `${MANY} candidates were added.`))) return;
    onClose();
    revealColumn(stageId);
  };

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="add-title" onClose={onClose}>
      <form className="dialog__body" onSubmit={(event) => void addOne(event)}>
        <div className="dialog__head">
          <h2 id="add-title">Add candidates</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <Field label="Name">
          {(ids) => <input className="input" name="name" required autoComplete="off" {...ids} />}
        </Field>
        <Field label="Email" hint="Without one the check is refused, which is worth seeing.">
          {(ids) => <input className="input" name="email" type="email" autoComplete="off" {...ids} />}
        </Field>
        <Field label="Phone">
          {(ids) => <input className="input" name="phone" type="tel" autoComplete="off" {...ids} />}
        </Field>
        <Field label="Job">
          {(ids) => (
            <select className="input" name="posting" defaultValue={world.postings[0]?.id} {...ids}>
              <option value="">None</option>
              {world.postings.map(({ id, text }) => (
                <option key={id} value={id}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Stage" hint="To be added to a stage is no move: only a move orders a check.">
          {(ids) => (
            <select
              className="input"
              value={stageId}
              onChange={(event) => setStageId(event.target.value)}
              {...ids}
            >
              {world.stages.map(({ id, text }) => (
                <option key={id} value={id}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="dialog__foot">
          <button type="button" className="button" disabled={isBusy} onClick={() => void addMany()}>
            Add {MANY} invented ones
          </button>
          <button type="submit" className="button button--primary" disabled={isBusy}>
            Add
          </button>
        </div>
      </form>
    </dialog>
  );
}
