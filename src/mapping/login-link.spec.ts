import { describe, expect, it } from 'vitest';
import { loginLinkOf } from './login-link.js';

const REPORT = 'https://victig.example/editor/viewReport.taz';

describe('the login link (R1)', () => {
  it.each([
    ['as recorded traffic has it', `${REPORT}?file=576469`],
    ['over HTTP', 'http://victig.example/report?file=1'],
    ['with an order guid', `${REPORT}?order=11111111-2222-4333-8444-555555555555`],
    ['with an order guid in its path', 'https://victig.example/orders/11111111-2222-4333-8444-555555555555'],
    ['with a parameter that only ends like a key', `${REPORT}?monkey=1`],
    ['with a parameter that only begins like a key', `${REPORT}?keynote=1`],
    ['with a long word without a digit', `${REPORT}?title=BackgroundCheckForEmployment`],
    ['with 23 mixed characters', `${REPORT}?file=abcdefghijklmnopqrstuv1`],
    ['with a sentence that has a number', `${REPORT}?title=a+long+title+of+order+no.+1+for+you!`],
  ])('%s stays as it is', (_what, link) => {
    expect(loginLinkOf(link)).toBe(link);
  });

  it('has no @, which Lever would take for a mention', () => {
    expect(loginLinkOf('https://victig.example/@ana/report?to=@bob')).toBe(
      'https://victig.example/%40ana/report?to=%40bob',
    );
  });

  it.each([
    ['nothing', null],
    ['what is no link', 'see the portal'],
    ['a relative link', '/editor/viewReport.taz?file=1'],
    ['another protocol', 'ftp://victig.example/report'],
    ['a script', 'javascript:alert(1)'],
    ['a user name', 'https://ana@victig.example/report'],
    ['a password', 'https://:secret@victig.example/report'],
    ['a fragment', `${REPORT}?file=1#k`],
    ['an interchange link', 'https://victig.example/interchange/report?file=1'],
    ['a QuickApp link', 'https://victig.example/OrderQuickApp?file=1'],
    ['a QuickApp host', 'https://quickapp.victig.example/report?file=1'],
    ['an opaque value', `${REPORT}?file=abcdefghijklmnopqrstuvw1`],
    ['an opaque value of another alphabet', `${REPORT}?file=ab%2Bde%2Fgh%3D-klmn_pqr.tu~w1`],
    ['an opaque part of the path', 'https://victig.example/r/abcdefghijklmnopqrstuvw1'],
    ['more than a guid', `${REPORT}?order=11111111-2222-4333-8444-555555555555f`],
    ['a guid with something before it', `${REPORT}?order=f11111111-2222-4333-8444-555555555555`],
  ])('%s is none', (_what, link) => {
    expect(loginLinkOf(link)).toBeNull();
  });

  it.each(
    (
      'a x auth access access_token apikey api_key code credential hash jwt key otp pass password pwd secret session ' +
      'sid sig signature ticket token'
    ).split(' '),
  )('with a parameter %s is none, in capitals neither', (name) => {
    expect(loginLinkOf(`${REPORT}?file=1&${name}=k`)).toBeNull();
    expect(loginLinkOf(`${REPORT}?${name.toUpperCase()}=k`)).toBeNull();
  });
});
