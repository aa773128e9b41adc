import { useState, type FormEvent, type ReactElement } from 'react';
import { Field } from '../kit/field';
import { Icon } from '../kit/icon';
import { useAct } from '../kit/use-act';
import { drive, type QuickAppForm } from '../live/drive';
import type { Invitation, Order } from '../live/wire';
import { useTourMark } from '../tour/tour-context';

interface QuickAppProps {
  order: Order;
  invitation: Invitation;
}

const EMPTY: QuickAppForm = {
  dateOfBirth: '',
  ssn: '',
  street: '',
  city: '',
  state: '',
  zip: '',
  consent: false,
};

/** A person who does not exist; a number that begins with 9 is given to nobody. */
const INVENTED: QuickAppForm = {
  dateOfBirth: '1990-04-01',
  ssn: '900-12-3456',
  street: '1 Sample Street',
  city: 'San Francisco',
  state: 'CA',
  zip: '94103',
  consent: true,
};

/** VICTIG's form, or what is left of it. */
export function QuickApp({ order, invitation }: QuickAppProps): ReactElement {
  if (invitation.state === 'done') {
    return (
      <section className="panel done" aria-label="QuickApp">
        <span className="done__mark">
          <Icon name="check" />
        </span>
        <h2>Thank you, {invitation.firstName}</h2>
        <p className="faint">The form is with VICTIG. The order is {order.status}.</p>
      </section>
    );
  }
  return invitation.state === 'expired' ? (
    <Expired order={order} invitation={invitation} />
  ) : (
    <OpenForm order={order} invitation={invitation} />
  );
}

function Expired({ order }: QuickAppProps): ReactElement {
  const { isBusy, act } = useAct();
  return (
    <section className="panel done" aria-label="QuickApp">
      <span className="done__mark done__mark--over">
        <Icon name="warning" />
      </span>
      <h2>This invitation has expired</h2>
      <p className="faint">
        The order waits at VICTIG as {order.status}, and the service warns of it. Only VICTIG’s staff can
        invite again.
      </p>
      <button
        type="button"
        className="button"
        disabled={isBusy}
        onClick={() => void act(() => drive.inviteAgain(order.orderGuid), 'The candidate is invited again.')}
      >
        Invite again, as VICTIG’s staff
      </button>
    </section>
  );
}

function OpenForm({ order, invitation }: QuickAppProps): ReactElement {
  const { isBusy, act } = useAct();
  const mark = useTourMark();
  const [form, setForm] = useState(EMPTY);
  const isFilledIn = Object.values(form).every((value) => value !== '' && value !== false);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void act(() => drive.submitForm(order.orderGuid, form), 'The form is with VICTIG.');
  };
  const text = (name: Exclude<keyof QuickAppForm, 'consent'>) => ({
    className: 'input',
    required: true,
    autoComplete: 'off',
    value: form[name],
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
  });

  return (
    <form className="panel form" aria-labelledby="form-title" onSubmit={submit}>
      <div>
        <h2 id="form-title">QuickApp: {order.applicant}</h2>
        <p className="faint">Pretended: what you type stays in the sandbox on this machine.</p>
      </div>
      <div className="form__grid">
        <div className="half">
          <Field label="Date of birth">
            {(ids) => <input type="date" {...text('dateOfBirth')} {...ids} />}
          </Field>
        </div>
        <div className="half">
          <Field label="Social security number">
            {(ids) => (
              <input
                inputMode="numeric"
                pattern="\d{3}-?\d{2}-?\d{4}"
                title="Nine digits"
                {...text('ssn')}
                {...ids}
              />
            )}
          </Field>
        </div>
        <div className="wide">
          <Field label="Street">{(ids) => <input {...text('street')} {...ids} />}</Field>
        </div>
        <div className="third">
          <Field label="City">{(ids) => <input {...text('city')} {...ids} />}</Field>
        </div>
        <div className="third">
          <Field label="State">
            {(ids) => (
              <input
                maxLength={2}
                pattern="[A-Z]{2}"
                title="Two capital letters"
                {...text('state')}
                {...ids}
              />
            )}
          </Field>
        </div>
        <div className="third">
          <Field label="ZIP code">
            {(ids) => (
              <input inputMode="numeric" pattern="\d{5}" title="Five digits" {...text('zip')} {...ids} />
            )}
          </Field>
        </div>
      </div>
      <label className="check">
        <input
          type="checkbox"
          required
          checked={form.consent}
          onChange={(event) => setForm({ ...form, consent: event.target.checked })}
        />
        <span>I agree that {order.client ?? 'my employer'} receives a report about me.</span>
      </label>
      <div className="form__foot">
        <button
          type="submit"
          className={`button button--primary ${isFilledIn ? mark('submit') : ''}`}
          disabled={isBusy}
        >
          Submit
        </button>
        <button
          type="button"
          className={`button ${isFilledIn ? '' : mark('fill-in')}`}
          onClick={() => setForm(INVENTED)}
        >
          Fill in for me
        </button>
        <button
          type="button"
          className="button button--quiet"
          disabled={isBusy}
          onClick={() =>
            void act(() => drive.expireForm(order.orderGuid), `${invitation.firstName}’s invitation expired.`)
          }
        >
          Let it expire
        </button>
      </div>
    </form>
  );
}
