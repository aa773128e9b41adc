import { useState, type ReactElement } from 'react';
import { Empty } from '../kit/empty';
import { useSandbox } from '../live/sandbox-context';
import type { Order } from '../live/wire';
import { goTo, type Place } from '../shell/place';
import { Faults } from './faults';
import { OrderRow } from './order-row';

/** VICTIG's desk: its orders, and what is wrong with either vendor. */
export function Desk({ place }: { place: Place }): ReactElement {
  const { world } = useSandbox();
  // Null: none was opened or closed by hand, and the chosen candidate's is open.
  const [opened, setOpened] = useState<string | null>(null);
  const ofChosen = world.orders.find(
    ({ candidateId }) => candidateId !== null && candidateId === place.candidateId,
  );
  const openGuid = opened ?? ofChosen?.orderGuid ?? null;

  const toggle = (order: Order): void => {
    setOpened(order.orderGuid === openGuid ? '' : order.orderGuid);
    if (order.candidateId !== null) goTo({ candidateId: order.candidateId });
  };

  return (
    <>
      <div className="part-head">
        <h1>
          VICTIG’s desk <span className="part-head__sub">as in TazWorks</span>
        </h1>
        <span className="faint">
          {world.orders.length === 1 ? '1 order' : `${world.orders.length} orders`}
        </span>
      </div>
      <div className="desk">
        {world.orders.length === 0 ? (
          <div className="panel">
            <Empty icon="shield" title="No orders yet">
              One appears a moment after somebody is moved to Background Check.
            </Empty>
          </div>
        ) : (
          <ul className="desk__orders" aria-label="Orders, the newest first">
            {world.orders.map((order) => (
              <OrderRow
                key={order.orderGuid}
                order={order}
                isOpen={order.orderGuid === openGuid}
                onToggle={() => toggle(order)}
              />
            ))}
          </ul>
        )}
        <Faults />
      </div>
    </>
  );
}
