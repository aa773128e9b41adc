import type { ReactElement } from 'react';
import { Switch } from '../kit/switch';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import { useSandbox } from '../live/sandbox-context';
import type { Outgoing, Vendor } from '../live/wire';
import { useTourMark } from '../tour/tour-context';
import { faultSwitches, type FaultSwitch } from './fault-switches';

const NAMES: Record<Vendor, string> = { victig: 'VICTIG', lever: 'Lever' };
const SENT: Record<Vendor, string> = { victig: 'callbacks', lever: 'webhooks' };

/** What goes wrong at the vendors, switched on and off. */
export function Faults(): ReactElement {
  return (
    <section className="panel faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      <FaultsOf vendor="victig" />
      <FaultsOf vendor="lever" />
    </section>
  );
}

function FaultsOf({ vendor }: { vendor: Vendor }): ReactElement {
  const { world } = useSandbox();
  const { act } = useAct();
  const mark = useTourMark();
  const faultOf = (order: FaultSwitch['order']) => world.faults.find(({ label }) => label === order.label);
  const outgoing = world.outgoing[vendor];

  const setFault = async ({ name, order }: FaultSwitch, isOn: boolean): Promise<void> => {
    const there = faultOf(order);
    const said = `${NAMES[vendor]}, ${name}: ${isOn ? 'on' : 'off'}.`;
    if (isOn && !there) await act(() => drive.orderFault(order), said);
    if (!isOn && there) await act(() => drive.endFault(there), said);
  };
  const setOutgoing = (change: Partial<Outgoing>): Promise<boolean> =>
    act(() => drive.setOutgoing(vendor, { ...outgoing, ...change }));

  return (
    <fieldset>
      <legend>{NAMES[vendor]}</legend>
      {faultSwitches(vendor).map((one) => {
        const there = faultOf(one.order);
        return (
          <div key={one.name} className={mark(one.order.label)}>
            <Switch
              label={one.name}
              hint={there && there.struck > 0 ? `${one.hint}; ${there.struck} so far` : one.hint}
              isOn={there !== undefined}
              onChange={(isOn) => setFault(one, isOn)}
            />
          </div>
        );
      })}
      <Switch
        label={`Loses ${SENT[vendor]}`}
        hint="none is sent"
        isOn={outgoing.loses}
        onChange={(loses) => setOutgoing({ loses })}
      />
      <Switch
        label={`Repeats ${SENT[vendor]}`}
        hint="each is sent twice"
        isOn={outgoing.repeats}
        onChange={(repeats) => setOutgoing({ repeats })}
      />
    </fieldset>
  );
}
