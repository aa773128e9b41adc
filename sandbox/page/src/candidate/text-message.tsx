import type { ReactElement } from 'react';
import type { Invitation } from '../live/wire';

interface TextMessageProps {
  invitation: Invitation;
  onOpen: () => void;
}

/** The invitation as it looks on a phone, or why there is none. */
export function TextMessage({ invitation, onOpen }: TextMessageProps): ReactElement {
  return (
    <article className="panel phone" aria-label="Invitation by text">
      {invitation.phone === null ? (
        <p className="phone__from">No text message: there is no phone number to send one to.</p>
      ) : (
        <>
          <p className="phone__from">VICTIG to {invitation.phone}</p>
          <p className="bubble">
            {invitation.firstName}, your employer asked for a background check. Start here:{' '}
            <button type="button" className="button button--small" onClick={onOpen}>
              Follow the link
            </button>
          </p>
        </>
      )}
    </article>
  );
}
