import { useId, type ReactElement } from 'react';
import { Status } from '../kit/chip';
import { Icon } from '../kit/icon';
import type { Order } from '../live/wire';
import { useTourMark } from '../tour/tour-context';
import { OrderDetail } from './order-detail';

interface OrderRowProps {
  order: Order;
  isOpen: boolean;
  onToggle: () => void;
}

/** One order, folded or unfolded. */
export function OrderRow({ order, isOpen, onToggle }: OrderRowProps): ReactElement {
  const detailId = useId();
  const mark = useTourMark();
  return (
    <li className={`panel order ${mark(`order:${order.candidateId ?? ''}`)}`}>
      <button
        type="button"
        className="order__row"
        aria-expanded={isOpen}
        aria-controls={isOpen ? detailId : undefined}
        onClick={onToggle}
      >
        <span className="order__file mono faint">
          <span className="hidden-text">File </span>
          {order.fileNumber}
        </span>
        <span className="order__applicant">
          <strong>{order.applicant}</strong>
        </span>
        <span className="order__product">
          {order.product}
          <span className="faint"> · {order.client}</span>
        </span>
        <span className="order__reference faint">{order.reference ?? 'No reference'}</span>
        <span className="order__status">
          <Status text={order.status} />
          {order.flagged && (
            <>
              {' '}
              <span className="chip chip--red">
                <Icon name="flag" /> flagged
              </span>
            </>
          )}
        </span>
      </button>
      {isOpen && <OrderDetail id={detailId} order={order} />}
    </li>
  );
}
