import { useState, type FormEvent, type ReactElement } from 'react';
import { Field } from '../kit/field';
import { Switch } from '../kit/switch';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import type { Order } from '../live/wire';
import { useTourMark } from '../tour/tour-context';
import { DECISIONS } from './statuses';

const SEARCH_STATUSES = ['complete', 'pending', 'canceled'] as const;

/** Completes the report: the flag, the decision and how each search ended. */
export function CompleteForm({ order }: { order: Order }): ReactElement {
  const { isBusy, act } = useAct();
  const mark = useTourMark();
  const [flagged, setFlagged] = useState(order.flagged);
  const [decision, setDecision] = useState<string>(order.decision ?? 'Eligible');
  const [searches, setSearches] = useState(
    order.searches.map(({ displayName }) => ({ displayName, status: 'complete', result: 'no' })),
  );

  const change = (at: number, part: { status?: string; result?: string }): void =>
    setSearches(searches.map((search, index) => (index === at ? { ...search, ...part } : search)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const completion = { flagged, decision: decision === '' ? null : decision, searches };
    void act(() => drive.complete(order.orderGuid, completion), 'The report is complete.');
  };

  return (
    <form className="complete" aria-label="Complete the report" onSubmit={submit}>
      <h2>Complete the report</h2>
      <div className="complete__pair">
        <Field label="Decision">
          {(ids) => (
            <select
              className="input"
              value={decision}
              onChange={(event) => setDecision(event.target.value)}
              {...ids}
            >
              <option value="">None</option>
              {DECISIONS.map((known) => (
                <option key={known}>{known}</option>
              ))}
            </select>
          )}
        </Field>
        <Switch label="Flagged" isOn={flagged} onChange={setFlagged} />
      </div>
      <ul className="searches" aria-label="Searches">
        {searches.map((search, at) => (
          <li key={search.displayName}>
            <span>{search.displayName}</span>
            <select
              className="input"
              aria-label={`Status of ${search.displayName}`}
              value={search.status}
              onChange={(event) => change(at, { status: event.target.value })}
            >
              {SEARCH_STATUSES.map((known) => (
                <option key={known}>{known}</option>
              ))}
            </select>
            <select
              className="input"
              aria-label={`Result of ${search.displayName}`}
              value={search.result}
              onChange={(event) => change(at, { result: event.target.value })}
            >
              <option value="no">clear</option>
              <option value="yes">records found</option>
            </select>
          </li>
        ))}
      </ul>
      <div>
        <button type="submit" className={`button button--primary ${mark('complete')}`} disabled={isBusy}>
          Complete
        </button>
      </div>
    </form>
  );
}
