import type { ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { dayAndTime } from '../kit/times';
import { useSandbox } from '../live/sandbox-context';
import type { Candidate } from '../live/wire';

/** The stages a candidate went through, the newest first. */
export function History({ candidate: { history } }: { candidate: Candidate }): ReactElement {
  const { world } = useSandbox();
  const nameOf = (stageId: string): string =>
    world.stages.find(({ id }) => id === stageId)?.text ?? 'a removed stage';
  return (
    <section className="person__section" aria-labelledby="history-title">
      <h3 id="history-title">History</h3>
      <ol className="history">
        {history.toReversed().map(({ stageId, at, by }) => (
          <li key={`${at}-${stageId}`}>
            <Icon name="arrow" />
            <span>
              {nameOf(stageId)}
              {by === null ? '' : `, by ${by}`}
            </span>
            <time dateTime={new Date(at).toISOString()}>{dayAndTime(at)}</time>
          </li>
        ))}
      </ol>
    </section>
  );
}
