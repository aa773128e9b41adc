import { DEVIATIONS, type Finding } from './oracle.ts';
import type { People } from './people.ts';
import type { SandboxProcess, SeenOpportunity, SeenOrder } from './sandbox-process.ts';
import type { ServiceClient } from './service-client.ts';

/** Offending candidates that are told in full. */
const SHOWN = 5;

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** The two columns of what happened, then how often each deviation was found. */
export function tableOf(happened: Record<string, number | string>, findings: readonly Finding[]): string {
  const counts = DEVIATIONS.map((deviation): [string, number] => [
    deviation,
    findings.filter((one) => one.deviation === deviation).length,
  ]);
  const rows = [...Object.entries(happened), ...counts];
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = ([name, value]: [string, number | string]): string =>
    `  ${name.padEnd(width)}  ${String(value).padStart(8)}`;
  return [
    ...Object.entries(happened).map(line),
    `  ${'-'.repeat(width + 10)}`,
    ...counts.map(line),
    `  ${'-'.repeat(width + 10)}`,
    line(['deviations', findings.length]),
  ].join('\n');
}

/** Enough of the first offending opportunities to see what went on: both vendors' view, and the service's own. */
export async function tellOffenders(
  findings: readonly Finding[],
  people: People,
  sandbox: SandboxProcess,
  service: ServiceClient,
): Promise<void> {
  for (const { deviation, detail } of findings.slice(0, 50)) say(`  ! ${deviation}: ${detail}`);
  const offenders = [...new Set(findings.flatMap(({ opportunityId }) => opportunityId ?? []))];
  const adminOrders = await service.orders();
  const atVictig = await sandbox.get<SeenOrder[]>('/victig/orders');
  const calls = await sandbox.get<{ path: string }[]>('/calls');
  for (const id of offenders.slice(0, SHOWN)) {
    const story = people.stories.find(({ opportunityId }) => opportunityId === id);
    say(`\n== opportunity ${id}, ${story?.candidate.kind ?? 'unknown'}`);
    const { tags, notes } = await sandbox.get<SeenOpportunity>(`/lever/opportunities/${id}`);
    say(JSON.stringify({ tags, notes: notes.map(({ fields }) => fields[0]?.value) }, null, 1));
    const theirs = atVictig.filter(({ applicant }) => applicant?.email === story?.candidate.mendedEmail);
    for (const { orderGuid, status, externalIdentifier } of theirs) {
      say(JSON.stringify({ orderGuid, status, externalIdentifier }));
    }
    for (const order of adminOrders.filter(({ opportunityId }) => opportunityId === id)) {
      const { entries } = await service.timeline(order.id);
      for (const entry of entries) say(`  ${JSON.stringify(entry)}`);
    }
    const about = [id, ...theirs.map(({ orderGuid }) => orderGuid)];
    for (const call of calls.filter(({ path }) => about.some((part) => path.includes(part)))) {
      say(`  ${JSON.stringify(call)}`);
    }
  }
}
