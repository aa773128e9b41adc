import { useState, type ReactElement } from 'react';
import { Empty } from '../kit/empty';
import { Icon } from '../kit/icon';
import { useSandbox } from '../live/sandbox-context';
import type { Invitation, Order } from '../live/wire';
import { goTo, type Place } from '../shell/place';
import { Mail } from './mail';
import { QuickApp } from './quick-app';
import { TextMessage } from './text-message';

type Invited = Order & { invitation: Invitation };

const isInvited = (order: Order): order is Invited => order.invitation !== null;

/** What the candidate gets from VICTIG: the invitation and the form behind it. */
export function Mailbox({ place }: { place: Place }): ReactElement {
  const { world } = useSandbox();
  const invited = world.orders.filter(isInvited);
  const ofChosen = invited.find(
    ({ candidateId }) => candidateId !== null && candidateId === place.candidateId,
  );
  const chosen = world.candidates.find(({ id }) => id === place.candidateId);
  const order = place.candidateId === null ? invited[0] : ofChosen;
  const known = invited.flatMap(({ candidateId, applicant }) =>
    candidateId === null ? [] : [{ candidateId, applicant }],
  );
  const people = [...new Map(known.map((person) => [person.candidateId, person])).values()];

  return (
    <>
      <div className="part-head">
        <h1>
          Candidate’s mailbox <span className="part-head__sub">what VICTIG sends</span>
        </h1>
        {people.length > 0 && (
          <label>
            <span className="hidden-text">Whose mailbox</span>
            <select
              className="input"
              value={order?.candidateId ?? ''}
              onChange={(event) => goTo({ candidateId: event.target.value })}
            >
              {order === undefined && <option value="">Choose a candidate</option>}
              {people.map(({ candidateId, applicant }) => (
                <option key={candidateId} value={candidateId}>
                  {applicant}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {order ? (
        <Letters key={order.orderGuid} order={order} />
      ) : (
        <Empty icon="inbox" title={chosen ? `${chosen.name} has no mail` : 'No invitations yet'}>
          VICTIG invites a candidate when a check is ordered: move {chosen?.name ?? 'somebody'} to Background
          Check.
        </Empty>
      )}
    </>
  );
}

function Letters({ order }: { order: Invited }): ReactElement {
  const { invitation } = order;
  const [isFormOpen, setIsFormOpen] = useState(false);
  return (
    <div className="mailbox">
      <div className="mailbox__side">
        {invitation.email !== null && (
          <Mail
            order={order}
            invitation={invitation}
            isFollowed={isFormOpen}
            onOpen={() => setIsFormOpen(true)}
          />
        )}
        <TextMessage invitation={invitation} onOpen={() => setIsFormOpen(true)} />
      </div>
      {isFormOpen || invitation.state !== 'open' ? (
        <QuickApp order={order} invitation={invitation} />
      ) : (
        <div className="panel">
          <Empty icon="mail" title="The form is not open yet">
            Follow the link in the invitation, as the candidate would.
            <br />
            <br />
            <button type="button" className="button" onClick={() => setIsFormOpen(true)}>
              Open the form <Icon name="arrow" />
            </button>
          </Empty>
        </div>
      )}
    </div>
  );
}
