import type { ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import { useSandbox } from '../live/sandbox-context';
import type { Candidate, Delivery } from '../live/wire';
import { useTourMark } from '../tour/tour-context';

/** What Lever sent about a candidate, as in the log of its settings; each can be sent once more, byte for byte. */
export function Webhooks({ candidate }: { candidate: Candidate }): ReactElement | null {
  const { world } = useSandbox();
  const { isBusy, act } = useAct();
  const mark = useTourMark();
  const sent = world.deliveries.filter(
    ({ vendor, candidateId }) => vendor === 'lever' && candidateId === candidate.id,
  );
  if (sent.length === 0) return null;
  return (
    <section className="person__section" aria-labelledby="webhooks-title">
      <h3 id="webhooks-title">Webhooks that Lever sent</h3>
      <ol className="history">
        {sent.map((delivery) => (
          <li key={delivery.n}>
            <Icon name={delivery.repeats === null ? 'arrow' : 'repeat'} />
            <span>
              {delivery.repeats === null ? `No. ${delivery.n}` : `No. ${delivery.repeats} once more`}
              <span className="faint"> · {said(delivery)}</span>
            </span>
            {delivery.repeats === null && (
              <button
                type="button"
                className={`button button--small ${mark('resend')}`}
                disabled={isBusy}
                onClick={() =>
                  void act(
                    () => drive.resend('lever', delivery.n),
                    `Webhook ${delivery.n} was sent once more.`,
                  )
                }
              >
                Send again
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function said({ state, status, tries }: Delivery): string {
  if (state === 'dropped') return 'lost on the way';
  if (status === null) return state === 'waiting' ? 'on its way' : 'not answered';
  const again = tries > 1 ? ` at try ${tries}` : '';
  return `answered ${status}${again}`;
}
