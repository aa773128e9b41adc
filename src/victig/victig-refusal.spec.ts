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
    ['Phone 1-41-5226-0134 is invalid', 'Phone … is invalid.'],
    ['Born 10/22/1992, too young', 'Born …, too young.'],
    ['Born 1/2/92', 'Born …'],
    ['Born 10/1992', 'Born …'],
    ['Born 22.10.1992', 'Born …'],
    ['Born 1992-10-22', 'Born …'],
    ['Born 1992-10-22T00:00:00.000Z', 'Born …'],
    ['Born Oct 22, 1992', 'Born …'],
    ['Born 22nd October 1992', 'Born …'],
    ['Born 22-SEP-1992', 'Born …'],
    ['Born in May 1992', 'Born in …'],
    ['SSN XXX-XX-3333 is another', 'SSN … is another.'],
    ['SSN xxx xx 3333 is another', 'SSN … is another.'],
    ['SSN ***-**-3333 is another', 'SSN … is another.'],
    ['SSN #####3333 is another', 'SSN … is another.'],
    ['SSN 111-XX-XXXX is another', 'SSN … is another.'],
    ['Phone (XXX) XXX-4343 is another', 'Phone … is another.'],
    ['Phone (***) 565-4343 is another', 'Phone … is another.'],
  ])('repeats no value that was sent: %s (A4)', (vendorMessage, sentence) => {
    expect(refused({ vendorMessage })).toEqual([sentence]);
  });

  it.each([
    'Salary must be between 1 and 250.',
    'Must have 2 to 50 characters, at most 1/2 of them digits.',
    'Support is there 24/7, and 1992 orders wait.',
    'An order may 2 days later be sent again to Maxx 20, in XXL, by March 12 or decision 2012.',
    '** Choose another product **.',
    'Order #12 is there, with 1000/5000 characters.',
  ])('repeats what can be no such value: %s (S2)', (vendorMessage) => {
    expect(refused({ vendorMessage })).toEqual([vendorMessage]);
  });
});
