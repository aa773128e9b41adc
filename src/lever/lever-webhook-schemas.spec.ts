import { describe, expect, it } from 'vitest';
import { createdWebhookSchema, pageOf, singleOf, webhookSchema } from './lever-schemas.js';

const webhook = {
  id: '63281ccb-a459-4fd8-8de9-a36afbdddd8b',
  event: 'candidateStageChange',
  url: 'https://bgc.example.com/webhooks/lever/1',
  configuration: { conditions: { origins: ['applied'] } },
  createdAt: 1_782_972_945_492,
  updatedAt: 1_782_972_945_492,
};
const created = { ...webhook, configuration: { ...webhook.configuration, signatureToken: '81358960e9' } };

describe('a created webhook', () => {
  const schema = singleOf(createdWebhookSchema);

  it.each([
    ['as recorded', { data: created }],
    ['as in the documentation', { data: { data: created } }],
  ])('is read %s, with its signature token', (_name, body) => {
    expect(schema.parse(body)).toEqual({
      id: webhook.id,
      event: webhook.event,
      url: webhook.url,
      createdAt: new Date(webhook.createdAt),
      signatureToken: '81358960e9',
    });
  });

  it.each([
    ['without a token', { data: webhook }],
    ['with an empty one', { data: { ...created, configuration: { signatureToken: '' } } }],
    ['without data', {}],
    ['that is no JSON', undefined],
  ])('is malformed %s: it could not be kept', (_name, body) => {
    expect(schema.safeParse(body).success).toBe(false);
  });
});

describe('the webhooks of an account', () => {
  it('are read without `hasNext`, and without what may be missing', () => {
    const { createdAt: _unknown, configuration: _none, ...bare } = webhook;
    expect(pageOf(webhookSchema).parse({ data: [bare] })).toEqual({
      items: [{ id: webhook.id, event: webhook.event, url: webhook.url, createdAt: null }],
      next: null,
    });
  });
});
