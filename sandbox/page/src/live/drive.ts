import type { Fault, Vendor } from './wire';

/** What the sandbox would not do, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`/drive${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new Refused('The sandbox does not answer. Is npm start still running?');
  }
  const text = await answer.text();
  const said: unknown = text === '' ? null : JSON.parse(text);
  if (!answer.ok) throw new Refused(errorOf(said) ?? `The sandbox answered ${answer.status}.`);
  return said;
}

function errorOf(said: unknown): string | undefined {
  if (typeof said !== 'object' || said === null || !('error' in said)) return undefined;
  return typeof said.error === 'string' ? said.error : undefined;
}

const post = (path: string, body: object = {}): Promise<unknown> => call('POST', path, body);

export interface NewCandidate {
  name: string;
  emails: string[];
  phones: string[];
  postingId?: string;
  stageId: string;
}

export interface QuickAppForm {
  dateOfBirth: string;
  ssn: string;
  street: string;
  city: string;
  state: string;
  zip: string;
  consent: boolean;
}

export interface Completion {
  flagged: boolean;
  decision: string | null;
  searches: { displayName: string; status: string; result: string }[];
}

export interface FaultOrder {
  label: string;
  vendor: Vendor;
  kind: string;
  status?: number;
  headers?: Record<string, string>;
  delayMs?: number;
  match?: { method?: string; path?: string };
}

/** What the page does to Lever and VICTIG: the driving API, as in sandbox/README.md. */
export const drive = {
  move: (id: string, stageId: string) => post(`/lever/opportunities/${id}/move`, { stageId }),
  archive: (id: string, reason: string | null) => post(`/lever/opportunities/${id}/archive`, { reason }),
  change: (id: string, fields: { emails?: string[]; phones?: string[]; postingId?: string }) =>
    call('PATCH', `/lever/opportunities/${id}`, fields),
  addTag: (id: string, tag: string) => post(`/lever/opportunities/${id}/addTags`, { tags: [tag] }),
  removeTag: (id: string, tag: string) => post(`/lever/opportunities/${id}/removeTags`, { tags: [tag] }),
  addCandidate: async (candidate: NewCandidate) =>
    ((await post('/lever/opportunities', candidate)) as { id: string }).id,
  addMany: async (count: number, stageId: string) =>
    ((await post('/lever/opportunities/many', { count, stageId })) as { ids: string[] }).ids,
  /** The texts of secret notes, by note id. */
  secretNotes: async (id: string): Promise<Map<string, string>> => {
    const seen = (await call('GET', `/lever/opportunities/${id}`)) as {
      notes: { id: string; fields: { value: string }[] }[];
    };
    return new Map(seen.notes.map((note) => [note.id, note.fields.map(({ value }) => value).join('\n')]));
  },
  resend: (vendor: Vendor, n: number) => post(`/${vendor}/deliveries/${n}/resend`),
  submitForm: (orderGuid: string, form: QuickAppForm) => post(`/victig/orders/${orderGuid}/quickapp`, form),
  expireForm: (orderGuid: string) => post(`/victig/orders/${orderGuid}/expire-quickapp`),
  inviteAgain: (orderGuid: string) => post(`/victig/orders/${orderGuid}/invite-again`),
  advance: (orderGuid: string, status: string) => post(`/victig/orders/${orderGuid}/advance`, { status }),
  complete: (orderGuid: string, completion: Completion) =>
    post(`/victig/orders/${orderGuid}/complete`, completion),
  cancel: (orderGuid: string) => post(`/victig/orders/${orderGuid}/cancel`),
  reopen: (orderGuid: string) => post(`/victig/orders/${orderGuid}/reopen`),
  orderFault: (fault: FaultOrder) => post('/faults', { ...fault, times: null }),
  endFault: ({ id }: Fault) => call('DELETE', `/faults/${id}`),
  setOutgoing: (vendor: Vendor, outgoing: { loses: boolean; repeats: boolean }) =>
    post('/outgoing', { vendor, drop: outgoing.loses ? 1 : 0, duplicate: outgoing.repeats ? 1 : 0 }),
};
