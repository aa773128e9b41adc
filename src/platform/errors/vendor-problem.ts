import type { ProblemCode } from './problem-codes.js';
import {
  ANOTHER_ACCOUNT,
  CLIENT_REFUSED,
  SENT_ELSEWHERE,
  SERVICE_PAUSED,
  type UpstreamError,
} from './upstream-error.js';

export interface VendorProblem {
  status: number;
  /** `vendor_failed`, or `lever_refused` and the like where a person has to mend the credentials. */
  code: ProblemCode;
  detail: string;
}

/**
 * What a failed call to a vendor means to the admin who caused it. Refused credentials stay refused until a person
 * mends them, so that is a conflict with what is set up and not a passing failure.
 */
export function vendorProblem(error: UpstreamError): VendorProblem {
  const { failure, details } = error;
  if (failure === 'unauthorized') {
    return {
      status: 409,
      code: details.vendor === 'Lever' ? 'lever_refused' : 'victig_refused',
      detail: howToMend(error),
    };
  }
  return { status: 502, code: 'vendor_failed', detail: `${error.message}. ${whatToDo(error)}` };
}

function howToMend({ details: { vendor, operation, status, permission, code } }: UpstreamError): string {
  const refused = `${vendor} refuses ${operation}${status === undefined ? '' : ` (HTTP ${status})`}:`;
  if (CLIENT_REFUSED.has(code)) {
    return `${refused} it does not accept this service. Whoever runs it should check its OAuth client id and secret.`;
  }
  if (code === ANOTHER_ACCOUNT) {
    return `${vendor} does not have it, nor any of the installation's trigger stages: the credentials seem to be of another account. Connect with those of the right one, or correct the trigger stages.`;
  }
  if (status === 403 && permission !== undefined) {
    return `${refused} the installation's credentials lack the permission ${permission}. Grant it there, or connect with credentials that have it.`;
  }
  const having = permission === undefined ? '' : ` that have the permission ${permission}`;
  return `${refused} it does not accept the installation's credentials. Connect with valid ones${having}.`;
}

function whatToDo({ details: { fate, operation, code, vendor } }: UpstreamError): string {
  if (code === SENT_ELSEWHERE) {
    return `It sends calls on to another host, and they go to configured ones only: set the URL of ${vendor}'s API to that host.`;
  }
  if (code === SERVICE_PAUSED) {
    return 'Nothing was sent: the service is paused until an admin resumes it, as `GET /admin/v1/pause` tells.';
  }
  return fate === 'unknown' && !operation.startsWith('GET ')
    ? 'It may have been carried out all the same: look before you repeat it.'
    : 'Nothing was changed; try again later.';
}
