import type { ConsentOutcome } from './lever-oauth.js';

interface Page {
  status: number;
  title: string;
  text: string;
}

const ASK_AGAIN = 'Ask the person who sent you the link for a new one.';

const PAGES: Record<ConsentOutcome, Page> = {
  connected: {
    status: 200,
    title: 'Lever is connected',
    text: 'You can close this page. The person who sent you the link does the rest.',
  },
  refused: {
    status: 403,
    title: 'Access was not granted',
    text: `Lever says that access was declined, so nothing was connected. If that was a mistake: ${ASK_AGAIN.toLowerCase()} Only a Super Admin of Lever can grant it.`,
  },
  link_not_valid: {
    status: 400,
    title: 'This link is not valid any more',
    text: `A link works once, and for one day; this one was used, has expired, or is incomplete. Nothing was changed. ${ASK_AGAIN}`,
  },
  exchange_refused: {
    status: 502,
    title: 'Lever did not complete the connection',
    text: `Access was granted, but Lever then refused this service. Nothing was connected. Whoever runs the service should check LEVER_CLIENT_ID, LEVER_CLIENT_SECRET and LEVER_AUTH_URL, and that PUBLIC_URL is the address registered at Lever. Then: ${ASK_AGAIN.toLowerCase()}`,
  },
  exchange_failed: {
    status: 502,
    title: 'Lever could not be reached',
    text: `Access was granted, but Lever did not answer this service. Nothing was connected. Wait some minutes. ${ASK_AGAIN}`,
  },
  no_lasting_access: {
    status: 502,
    title: 'Lever did not grant lasting access',
    text: `Access would end within the hour, so nothing was connected. Whoever runs the service should check that the OAuth app at Lever has the scope offline_access, and LEVER_API_URL. Then: ${ASK_AGAIN.toLowerCase()}`,
  },
  no_permissions: {
    status: 502,
    title: 'Lever granted no permissions',
    text: `Access was granted, but to nothing that could be used, so nothing was connected. Whoever runs the service should check LEVER_API_URL, LEVER_AUDIENCE, and that the OAuth app at Lever has the scopes it needs. Then: ${ASK_AGAIN.toLowerCase()}`,
  },
  wrong_account: {
    status: 409,
    title: 'This is another Lever account',
    text: `The installation belongs to another Lever account than the one you are logged in to, so nothing was changed. Log in to the right account in Lever. ${ASK_AGAIN}`,
  },
};

/** Nothing runs, nothing is loaded, nothing is kept, and no address is passed on: there was a code in it. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** A page made of fixed texts only: nothing of the request stands in it. */
export function consentPage(outcome: ConsentOutcome): { status: number; html: string } {
  const { status, title, text } = PAGES[outcome];
  return {
    status,
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
</main>
</body>
</html>
`,
  };
}
