import type { ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { day, dayAndTime } from '../kit/times';
import type { Invitation, Order } from '../live/wire';
import { useTourMark } from '../tour/tour-context';

interface MailProps {
  order: Order;
  invitation: Invitation;
  /** The form is open beside it already. */
  isFollowed: boolean;
  onOpen: () => void;
}

/** The invitation as it looks in a mail program. VICTIG's own words are not public; these are ours. */
export function Mail({ order, invitation, isFollowed, onOpen }: MailProps): ReactElement {
  const mark = useTourMark();
  return (
    <article className="panel mail" aria-label="Invitation by email">
      <header className="mail__head">
        <span className="avatar" aria-hidden="true">
          V
        </span>
        <h2>Your background check for {order.client ?? 'your employer'}</h2>
        <span className="faint">VICTIG Screening to {invitation.email}</span>
        <time className="faint" dateTime={new Date(order.at).toISOString()}>
          {dayAndTime(order.at)}
        </time>
      </header>
      <div className="mail__body">
        <p>Hello {invitation.firstName},</p>
        <p>
          {order.client ?? 'Your employer'} has asked us for a background check ({order.product}). Please fill
          in a short form and give your consent. It takes about five minutes.
        </p>
        <button
          type="button"
          className={`button button--primary ${isFollowed ? '' : mark('invitation')}`}
          onClick={onOpen}
        >
          Start the form <Icon name="arrow" />
        </button>
        <p className="faint">
          {invitation.state === 'expired'
            ? 'The link has expired.'
            : `The link works until ${day(invitation.endsAt)}.`}{' '}
          File number {order.fileNumber}.
        </p>
      </div>
    </article>
  );
}
