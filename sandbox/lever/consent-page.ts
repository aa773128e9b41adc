/** The page on which a Super Admin grants access. Its two buttons lead to `consent` beside it. */
export function consentPage(parameters: Record<string, string>, scopes: readonly string[]): string {
  const hidden = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const items = scopes.map((scope) => `<li>${escaped(scope)}</li>`);
  return `<!doctype html>
<html lang="en"><title>Sandbox Lever: authorize</title>
<h1>Authorize ${escaped(parameters['client_id'] ?? '')}?</h1>
<ul>${items.join('')}</ul>
<form method="get" action="consent">${hidden.join('')}
<button name="decision" value="accept">Accept</button>
<button name="decision" value="deny">Deny</button></form></html>`;
}

/** A wrong redirect address shows a page that says "undefined", as Lever's does. */
export const UNDEFINED_PAGE =
  '<!doctype html><html lang="en"><title>undefined</title><h1>undefined</h1></html>';

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
