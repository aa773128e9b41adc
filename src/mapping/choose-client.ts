import type { CandidateDetails } from './candidate.js';
import type { Client } from './catalogue.js';
import type { Settings } from './settings.js';
// PROVISIONAL stub
export interface ClientChoice { client: { guid: string; name: string } | null }
export function chooseClient(_c: CandidateDetails, _s: Settings, clients: readonly Client[], main: string): ClientChoice {
  const found = clients.find((c) => c.guid === main);
  return { client: { guid: main, name: found?.name ?? '' } };
}
