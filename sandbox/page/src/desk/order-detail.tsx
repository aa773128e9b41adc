import { useState, type ReactElement } from 'react';
import { Field } from '../kit/field';
import { clockTime, dayAndTime } from '../kit/times';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import type { Order } from '../live/wire';
import { CompleteForm } from './complete-form';
import { STATUSES } from './statuses';

/** What VICTIG's staff know of an order and can do to it. */
export function OrderDetail({ id, order }: { id: string; order: Order }): ReactElement {
  const { isBusy, act } = useAct();
  const [status, setStatus] = useState<string>('pending');
  const { orderGuid } = order;
  const isOver = order.status === 'complete' || order.status === 'canceled';

  return (
    <div className="order__detail" id={id}>
      <dl className="facts">
        <Fact name="Product" value={order.product} />
        <Fact name="Client" value={order.client ?? '—'} />
        <Fact name="Reference" value={order.reference ?? 'None'} />
        <Fact name="Ordered" value={dayAndTime(order.at)} />
        <Fact name="Decision" value={order.decision ?? 'None yet'} />
        <div className="facts__wide">
          <dt>Went through</dt>
          <dd>{order.history.map((step) => `${step.status} ${clockTime(step.at)}`).join(', ')}</dd>
        </div>
      </dl>
      <div className="order__acts">
        {isOver ? (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => void act(() => drive.reopen(orderGuid), 'The order is reopened.')}
          >
            Reopen
          </button>
        ) : (
          <>
            <Field label="Status">
              {(ids) => (
                <select
                  className="input"
                  value={status}
                  onChange={(event) => setStatus(event.target.value)}
                  {...ids}
                >
                  {STATUSES.map((known) => (
                    <option key={known}>{known}</option>
                  ))}
                </select>
              )}
            </Field>
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => void act(() => drive.advance(orderGuid, status), `The order is ${status}.`)}
            >
              Advance
            </button>
            <button
              type="button"
              className="button button--danger"
              disabled={isBusy}
              onClick={() => void act(() => drive.cancel(orderGuid), 'The order is canceled.')}
            >
              Cancel the order
            </button>
          </>
        )}
      </div>
      {!isOver && <CompleteForm order={order} />}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
