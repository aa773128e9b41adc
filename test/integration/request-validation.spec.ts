import { describe, expect, it } from 'vitest';
import { NewInstallationDto } from '../../src/installations/installation.dto.js';
import { NewKeyDto } from '../../src/keys/key.dto.js';
import { ReplayRequestDto } from '../../src/orders/admin/delivery.dto.js';
import { NewOrderDto } from '../../src/orders/admin/order-acts.dto.js';
import { DomainError, type Fault } from '../../src/platform/errors/domain-error.js';
import { RequestValidation } from '../../src/platform/http/request-validation.js';

const LINK = 'https://hire.lever.co/candidates/<id>';

describe('what is wrong with a request', () => {
  async function faultsOf(metatype: new () => object, body: object): Promise<readonly Fault[]> {
    try {
      await new RequestValidation().transform(body, { type: 'body', metatype });
      return [];
    } catch (error) {
      if (error instanceof DomainError) return error.faults;
      throw error;
    }
  }

  it('is told of a field that is missing once: that it is required, and what it must be', async () => {
    expect(await faultsOf(NewOrderDto, {})).toEqual([
      { path: 'installationId', message: 'installationId is required: it must be a UUID' },
      {
        path: 'opportunityId',
        message: `opportunityId is required: it must be Lever's id of an opportunity, or its link such as ${LINK}`,
      },
    ]);
    expect(await faultsOf(NewKeyDto, {})).toEqual([
      { path: 'name', message: 'name is required: it must be a string' },
      {
        path: 'role',
        message: 'role is required: it must be one of the following values: viewer, operator, admin, auditor',
      },
    ]);
  });

  it('is told of fields that are missing within others, and of objects and lists that are', async () => {
    const faults = await faultsOf(NewInstallationDto, { name: 'Acme', lever: {}, victig: {} });
    expect(faults).toEqual([
      { path: 'triggerStageIds', message: 'triggerStageIds is required: it must be an array' },
      {
        path: 'victig.clientGuid',
        message: 'clientGuid is required: it must be an id as the vendor gives it',
      },
      { path: 'certification', message: 'certification is required: it must be an object' },
      { path: 'settings', message: 'settings is required: it must be an object' },
    ]);
  });

  it('is told of a field that only others make required', async () => {
    const [expected, because, ...more] = await faultsOf(ReplayRequestDto, { preview: false });
    expect(expected).toEqual({
      path: 'expected',
      message: 'expected is required: it must be an integer number',
    });
    expect(because?.message).toMatch(/^because is required: it must be 1 to 200 letters/);
    expect(more).toEqual([]);
  });

  it('is told of a field that is there by what it must be alone', async () => {
    expect(await faultsOf(NewOrderDto, { installationId: null, opportunityId: 'a' })).toEqual([
      { path: 'installationId', message: 'installationId must be a UUID' },
    ]);
    expect(await faultsOf(NewKeyDto, { name: ' ', role: 'viewer', colour: 'red' })).toEqual([
      { path: 'colour', message: 'property colour should not exist' },
      { path: 'name', message: expect.stringContaining('name must not be blank') as string },
    ]);
  });

  it('is told of a field of the wrong kind by its kind alone, and not by what is no fault of it (F6)', async () => {
    const certified = { certifiedBy: 'HR', certifiedAt: '2026-11-22T00:00:00Z', statement: 'With consent.' };
    const body = { name: 'Acme', lever: {}, triggerStageIds: 'offer', victig: {}, settings: {} };
    const faults = await faultsOf(NewInstallationDto, {
      ...body,
      name: 5,
      lever: null,
      victig: { clientGuid: 'c1', apiToken: 7 },
      certification: null,
    });
    expect(faults).toEqual([
      { path: 'name', message: 'name must be a string' },
      { path: 'lever', message: 'lever must be an object' },
      { path: 'triggerStageIds', message: 'triggerStageIds must be an array' },
      { path: 'victig.apiToken', message: 'apiToken must be a string' },
      { path: 'certification', message: 'certification must be an object' },
    ]);
    expect(await faultsOf(ReplayRequestDto, { expected: 'all' })).toEqual([
      { path: 'expected', message: 'expected must be an integer number' },
    ]);
    // What is of its kind is told of by every rule that it breaks.
    const blank = { ...certified, certifiedBy: '' };
    expect(
      (await faultsOf(NewInstallationDto, { ...body, triggerStageIds: [], certification: blank })).filter(
        ({ path }) => path === 'certification.certifiedBy',
      ).length,
    ).toBeGreaterThan(1);
    expect(await faultsOf(ReplayRequestDto, { expected: -1.5 })).toEqual([
      { path: 'expected', message: 'expected must not be less than 0' },
      { path: 'expected', message: 'expected must be an integer number' },
    ]);
  });
});
