import { describe, expect, it } from 'vitest';
import { webhookHint } from './webhook-hint.js';

const lastDeliveryAt = new Date(0);

describe('the hint on the webhook of an installation', () => {
  it('is none while one webhook delivers', () => {
    expect(webhookHint({ count: 1, lastDeliveryAt })).toBeNull();
  });

  it('explains the switch of the Super Admin where there was never a delivery', () => {
    expect(webhookHint({ count: 1, lastDeliveryAt: null })).toMatch(/Super Admin.*Candidate Stage Change/);
  });

  it('says that there is no webhook, and does not insist where deliveries came in', () => {
    expect(webhookHint({ count: 0, lastDeliveryAt: null })).toMatch(/has no webhook/);
    expect(webhookHint({ count: 0, lastDeliveryAt })).toMatch(/may not be listed/);
  });

  it('says how often each stage change comes in', () => {
    expect(webhookHint({ count: 3, lastDeliveryAt })).toMatch(/3 times/);
  });
});
