import { describe, expect, it } from 'vitest';
import { SEED } from '../seed.ts';
import { dig, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';

const FORM = {
  dateOfBirth: '1990-04-01',
  ssn: '900-12-3456',
  street: '1 Sample Street',
  city: 'San Francisco',
  state: 'CA',
  zip: '94103',
  consent: true,
};

const DAY_MS = 86_400_000;

describe("the candidate's form", () => {
  const clock = { ms: Date.parse('2026-11-25T12:00:00Z') };
  const at = useSandbox({ now: () => clock.ms });

  const placeOrder = async (): Promise<string> => {
    const path = `/clients/${SEED.victig.clients.main}`;
    const applicant = await at.victig('POST', `${path}/applicants`, {
      firstName: 'Ana',
      lastName: 'Ruiz',
      email: 'ana.ruiz@example.com',
    });
    const order = await at.victig('POST', `${path}/orders`, {
      applicantGuid: dig(applicant.body, 'applicantGuid'),
      clientProductGuid: SEED.victig.products.criminalPackage1,
      useQuickApp: true,
    });
    return digText(order.body, 'orderGuid');
  };
  const order = async (guid: string): Promise<unknown> =>
    (await at.drive('GET', `/victig/orders/${guid}`)).body;
  const expiry = async (guid: string): Promise<unknown> => {
    const path = `/clients/${SEED.victig.clients.main}/orders/${guid}`;
    return dig((await at.victig('GET', path)).body, 'quickappInfo', 'dateExpires');
  };
  const formPage = async (guid: string): Promise<string> =>
    (await fetch(digText(await order(guid), 'quickappLink'))).text();

  it('is kept with the applicant, and the order goes on', async () => {
    const guid = await placeOrder();
    const answer = await at.drive('POST', `/victig/orders/${guid}/quickapp`, FORM);
    expect(answer).toMatchObject({ status: 200, body: { orderGuid: guid, status: 'pending' } });
    expect(await order(guid)).toMatchObject({
      applicant: {
        dateOfBirth: '1990-04-01',
        ssn: 'XXX-XX-3456',
        addresses: [{ city: 'San Francisco', stateOrProvince: 'CA' }],
      },
    });
  });

  it('names everything that is missing or wrong, and takes nothing', async () => {
    const guid = await placeOrder();
    const { street: _street, ...form } = { ...FORM, ssn: '12', consent: 'yes' };
    const answer = await at.drive('POST', `/victig/orders/${guid}/quickapp`, form);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'Missing or not understood: ssn, street, consent.' },
    });
    expect(await order(guid)).toMatchObject({ status: 'app-pending' });
  });

  it('is refused once the invitation has expired, until VICTIG invites again', async () => {
    const guid = await placeOrder();
    expect(await expiry(guid)).toBe(clock.ms + 14 * DAY_MS);
    expect(await formPage(guid)).toContain('<form');
    expect((await at.drive('POST', `/victig/orders/${guid}/expire-quickapp`)).status).toBe(200);
    expect(await expiry(guid)).toBe(clock.ms);
    expect(await formPage(guid)).not.toContain('<form');
    for (const act of ['quickapp', 'expire-quickapp']) {
      const answer = await at.drive('POST', `/victig/orders/${guid}/${act}`, FORM);
      expect(answer).toMatchObject({ status: 409, body: { error: 'The invitation has expired.' } });
    }
    await at.drive('POST', `/victig/orders/${guid}/invite-again`);
    expect(await expiry(guid)).toBe(clock.ms + 14 * DAY_MS);
    expect((await at.drive('POST', `/victig/orders/${guid}/quickapp`, FORM)).status).toBe(200);
  });

  it('is refused where no form waits', async () => {
    const guid = await placeOrder();
    await at.drive('POST', `/victig/orders/${guid}/cancel`);
    for (const act of ['quickapp', 'expire-quickapp', 'invite-again']) {
      const answer = await at.drive('POST', `/victig/orders/${guid}/${act}`, FORM);
      expect(answer).toMatchObject({ status: 409, body: { error: 'The order is canceled: no form waits.' } });
    }
  });
});
