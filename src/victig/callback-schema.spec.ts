import { describe, expect, it } from 'vitest';
import { callbackSchema } from './callback-schema.js';

const CLIENT = 'c6f82905-0000-4000-8000-000000000001';
const ORDER = '1f0b8cf0-0000-4000-8000-000000000002';
const CALLBACK = {
  version: 1,
  resourceGuid: ORDER,
  event: 'order.completed',
  resourcePath: `/clients/${CLIENT}/orders/${ORDER}`,
  timestamp: 1701868358884,
  instanceGuid: '058a7fd7-0000-4000-8000-000000000003',
  baseClientGuid: 'c6f82905-0000-4000-8000-000000000009',
  externalIdentifier: '1',
};

describe('a callback (V2)', () => {
  it('names its order and when it happened (V2)', () => {
    expect(callbackSchema.parse(CALLBACK)).toEqual({
      event: 'order.completed',
      resourceGuid: ORDER,
      clientGuid: CLIENT,
      orderGuid: ORDER,
      externalIdentifier: '1',
      at: new Date(1701868358884),
    });
  });

  it.each([
    [1701868358884, 1701868358884],
    [1580153480, 1580153480000],
    ['1580153480', 1580153480000],
  ])('takes the time %j, in seconds or milliseconds (V2)', (timestamp, ms) => {
    expect(callbackSchema.parse({ ...CALLBACK, timestamp }).at).toEqual(new Date(ms));
  });

  it.each([null, undefined, 'yesterday', -1, 1e300, 1701868358884000, '1701868358884000'])(
    'does without the time %j (V2)',
    (timestamp) => {
      expect(callbackSchema.parse({ ...CALLBACK, timestamp }).at).toBeNull();
    },
  );

  it.each([
    [`/clients/${CLIENT}/orders/${ORDER}/searches/s-1`, CLIENT, ORDER],
    [`/v1/clients/${CLIENT}/orders/${ORDER}`, CLIENT, ORDER],
    [`/clients/${CLIENT}`, CLIENT, null],
    [`/clients/${CLIENT}/products/p`, CLIENT, null],
    ['/instances/x', CALLBACK.baseClientGuid, null],
    ['../../etc', CALLBACK.baseClientGuid, null],
    [null, CALLBACK.baseClientGuid, null],
    [7, CALLBACK.baseClientGuid, null],
  ])('reads the path %j', (resourcePath, clientGuid, orderGuid) => {
    expect(callbackSchema.parse({ ...CALLBACK, resourcePath })).toMatchObject({ clientGuid, orderGuid });
  });

  it.each(['order.quickapp.completed', 'order.something_new', 'client.updated'])(
    'may be of the event %s',
    (event) => expect(callbackSchema.parse({ ...CALLBACK, event }).event).toBe(event),
  );

  it('has no external identifier where that is null, as of a search', () => {
    expect(callbackSchema.parse({ ...CALLBACK, externalIdentifier: null }).externalIdentifier).toBeNull();
  });

  it.each([{}, { ...CALLBACK, event: 7 }, { ...CALLBACK, event: 'a\u0000b' }, [CALLBACK], 'text', null])(
    'is not %j (F6)',
    (body) => expect(callbackSchema.safeParse(body).success).toBe(false),
  );
});
