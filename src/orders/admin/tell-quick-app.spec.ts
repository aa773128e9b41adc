import { describe, expect, it } from 'vitest';
import { quickAppSentence } from './tell-quick-app.js';

describe('the sentence about an invitation', () => {
  it('says of the invitation, not of the candidate, until when it is good', () => {
    const known = { emailsSent: 1, textsSent: 0, remindersSent: 2 };
    const sentence = quickAppSentence({ ...known, warning: null, expiresAt: '2026-12-12T00:00:00.000Z' });
    expect(sentence).toBe(
      "The candidate was invited to VICTIG's form (1 email, 0 texts, 2 reminders); the invitation is good until 2026-12-12T00:00:00.000Z.",
    );
  });
});
