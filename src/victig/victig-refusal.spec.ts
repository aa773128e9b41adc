import { describe, expect, it } from 'vitest';
import { explainRefusal } from './victig-refusal.js';

const refused = (said: { fields?: Record<string, string[]>; vendorMessage?: string }) =>
  explainRefusal({ vendor: 'VICTIG', operation: 'POST /x', fate: 'answered', status: 400, ...said });

describe('a refusal by VICTIG (S2)', () => {
  it.each([
    [
      { applicantGuid: ['Applicant identifier is required.'] },
      ['Candidate: Applicant identifier is required.'],
    ],
    [
      { email: ['must be a well-formed email address'] },
      ['Email address: must be a well-formed email address.'],
    ],
    [
      { 'applicant.lastName': ['is required'], stateOfEmployment: ['is unknown!'] },
      ['Last name: is required.', 'State of employment: is unknown!'],
    ],
    [{ phoneNumber: ['is too long', 'is too long'] }, ['Phone number: is too long.']],
    [{ '': ['is odd'] }, ['Order: is odd.']],
    [{ constructor: ['is odd'] }, ['Constructor: is odd.']],
  ])('says %j in words', (fields, sentences) => expect(refused({ fields })).toEqual(sentences));

  it('falls back on the message', () => {
    const vendorMessage = 'Report results are not available for orders in app-pending status.';
    expect(refused({ vendorMessage })).toEqual([vendorMessage]);
    expect(refused({ fields: {}, vendorMessage })).toEqual([vendorMessage]);
  });

  it.each([
    {},
    { vendorMessage: ' \n ' },
    { vendorMessage: '.' },
    { vendorMessage: '"Ana Ruiz"' },
    { vendorMessage: 'ana@example.com, [Ana Ruiz].' },
    { fields: { '': [' '] } },
  ])('gives no sentence where there is no reason: %j', (said) => expect(refused(said)).toEqual([]));

  it('names the field also where nothing of its fault can be repeated', () => {
    const fields = { email: ["'ana@example.com'", ''] };
    expect(refused({ fields })).toEqual(['Email address: not accepted.']);
  });

  it.each([
    ["The email 'ana@example.com' isn't valid", "The email … isn't valid."],
    ['ana@example.com is not an address', '… is not an address.'],
    ['SSN 111-22-3333 is invalid', 'SSN … is invalid.'],
    ['Phone +1 (555) 565-4343 is invalid', 'Phone … is invalid.'],
    ['Unknown name “Ana Ruiz”', 'Unknown name …'],
    ['rejected value [Ana Ruiz]', 'rejected value …'],
    ['Invited already: https://victig.example/orderquickapp/index.taz?x=k3y&y=1', 'Invited already: …'],
    ["The applicant's email can't be used", "The applicant's email can't be used."],
  ])('repeats no value that was sent: %s (A4)', (vendorMessage, sentence) => {
    expect(refused({ vendorMessage })).toEqual([sentence]);
  });
});
