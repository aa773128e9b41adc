import type { FaultOrder } from '../live/drive';
import type { Vendor } from '../live/wire';

/** What can be switched on and off in a vendor's answers. */
export interface FaultSwitch {
  name: string;
  hint: string;
  order: FaultOrder;
}

/** Only for writes of this path: what is dropped elsewhere would only be asked again. */
const DROPPED: Record<Vendor, { method: string; path: string }> = {
  victig: { method: 'POST', path: '/orders$' },
  lever: { method: 'POST', path: '/(addTags|notes)$' },
};

export function faultSwitches(vendor: Vendor): FaultSwitch[] {
  const label = (name: string): string => `page:${vendor}:${name}`;
  return [
    {
      name: 'Slow',
      hint: 'answers after two seconds',
      order: { vendor, label: label('slow'), kind: 'slow', delayMs: 2_000 },
    },
    {
      name: 'Down',
      hint: 'answers 503 to everything',
      order: { vendor, label: label('down'), kind: 'status', status: 503 },
    },
    {
      name: 'Too many requests',
      hint: 'answers 429, to be asked again in 3 s',
      order: { vendor, label: label('429'), kind: 'status', status: 429, headers: { 'retry-after': '3' } },
    },
    {
      name: 'Drops answers',
      hint:
        vendor === 'victig' ? 'to new orders; the work is done' : 'to new tags and notes; the work is done',
      order: { vendor, label: label('drop'), kind: 'drop_after', match: DROPPED[vendor] },
    },
  ];
}
