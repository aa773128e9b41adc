import { expect } from 'vitest';
import type { Play } from './play.js';

/** A page as a browser gets it. */
export interface SeenPage {
  status: number;
  headers: Headers;
  html: string;
}

/** Has a Super Admin of an account open a link and decide; answers where Lever's page leads back to. */
export async function decideAtLever(
  play: Pick<Play, 'drive'>,
  link: string,
  decision: 'accept' | 'deny' = 'accept',
  account = 'demo',
): Promise<URL> {
  await play.drive('PATCH', '/lever/behaviour', { autoConsent: decision, consentAccount: account });
  const answer = await fetch(link, { redirect: 'manual' });
  expect(answer.status, await answer.text()).toBe(302);
  return new URL(answer.headers.get('location') ?? '');
}

/** Follows the way back, to wherever the service listens. */
export async function comeBack(serviceUrl: string, back: URL): Promise<SeenPage> {
  const answer = await fetch(`${serviceUrl}${back.pathname}${back.search}`);
  return { status: answer.status, headers: answer.headers, html: await answer.text() };
}
