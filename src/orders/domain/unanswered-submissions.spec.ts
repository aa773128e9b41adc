import { describe, expect, it } from 'vitest';
import type { OrderEvent } from './order-event.js';
import { unansweredSubmissions } from './unanswered-submissions.js';

const NOW = new Date('2026-11-26T12:00:00Z');

const ORDER = {
  submitStartedAt: null,
  applicantGuid: 'applicant 2',
  clientGuid: 'client',
  clientName: 'Client',
  productGuid: 'product 2',
  productName: 'Second',
  reference: 'ref 2',
};

const mapped = (product: string, reference: string): OrderEvent => ({
  kind: 'mapped',
  data: { product, client: 'Client', reference, warnings: [] },
});
const started = (applicantGuid: string, productGuid: string): OrderEvent => ({
  kind: 'submit_started',
  data: { applicantGuid, clientGuid: 'client', productGuid },
});
const notReceived = (failure: string): OrderEvent => ({ kind: 'submit_not_received', data: { failure } });

const FIRST = [mapped('First', 'ref 1'), started('applicant 1', 'product 1')];
const SECOND = [mapped('Second', 'ref 2'), started('applicant 2', 'product 2')];

const SENT_FIRST = {
  applicantGuid: 'applicant 1',
  clientGuid: 'client',
  clientName: 'Client',
  productGuid: 'product 1',
  productName: 'First',
  reference: 'ref 1',
};
const SENT_SECOND = {
  ...SENT_FIRST,
  applicantGuid: 'applicant 2',
  productGuid: 'product 2',
  productName: 'Second',
  reference: 'ref 2',
};

describe('submissions that were never answered (V4)', () => {
  it('are none before anything was submitted, and none that VICTIG surely did not take', () => {
    expect(unansweredSubmissions(ORDER, [])).toEqual([]);
    const refused = [...FIRST, notReceived('unavailable'), ...SECOND, notReceived('rate_limited')];
    expect(unansweredSubmissions(ORDER, refused)).toEqual([]);
  });

  it('are the one that is under way, and each that was looked for in vain, the latest first', () => {
    const underWay = { ...ORDER, submitStartedAt: NOW };
    expect(unansweredSubmissions(underWay, SECOND)).toEqual([SENT_SECOND]);
    const events = [...FIRST, notReceived('not_found'), ...SECOND];
    expect(unansweredSubmissions(underWay, events)).toEqual([SENT_SECOND, SENT_FIRST]);
    expect(unansweredSubmissions(ORDER, [...events, notReceived('rate_limited')])).toEqual([SENT_FIRST]);
    expect(unansweredSubmissions(ORDER, [...events, notReceived('not_found')])).toEqual([
      SENT_SECOND,
      SENT_FIRST,
    ]);
  });

  it('were mapped by the version of their event, with its warnings, where it tells (I3, A1)', () => {
    const warned = ['phone_left_out', 'reference_missing', 'phone_left_out'];
    const versioned: OrderEvent = {
      kind: 'mapped',
      data: { product: 'First', client: 'Client', reference: 'ref 1', warnings: warned, settingsVersion: 1 },
    };
    const events = [versioned, started('applicant 1', 'product 1'), notReceived('not_found')];
    expect(unansweredSubmissions(ORDER, [...events, ...SECOND, notReceived('not_found')])).toStrictEqual([
      SENT_SECOND,
      { ...SENT_FIRST, settingsVersion: 1, mappingWarnings: ['phone_left_out', 'reference_missing'] },
    ]);
  });

  it('were sent to the client and for the product of their order, where their event is from before it told', () => {
    const old: OrderEvent = { kind: 'submit_started', data: { applicantGuid: 'applicant 1' } };
    expect(unansweredSubmissions(ORDER, [old, notReceived('not_found')])).toEqual([
      { ...SENT_SECOND, applicantGuid: 'applicant 1' },
    ]);
    expect(unansweredSubmissions({ ...ORDER, submitStartedAt: NOW }, [])).toEqual([SENT_SECOND]);
  });
});
