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
});
