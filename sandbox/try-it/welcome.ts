import { SEED } from '../seed.ts';

export interface Welcome {
  serviceUrl: string;
  sandboxUrl: string;
  adminKey: string;
  /** The candidate that the lines below are about. */
  opportunityId: string;
}

/** What a person reads who has just started it. */
export function welcome({ serviceUrl, sandboxUrl, adminKey, opportunityId }: Welcome): string {
  const candidate = `${sandboxUrl}/drive/lever/opportunities/${opportunityId}`;
  const order = `${sandboxUrl}/drive/victig/orders/latest`;
  const json = `-H 'content-type: application/json'`;
  return `
The service runs, with pretended vendors.

  Swagger UI   ${serviceUrl}/docs
  Admin key    ${adminKey}
  Sandbox      ${sandboxUrl}

Play a background check of Ana Ruiz, in three lines:

1. The recruiter moves her to the stage "Background Check":

   curl -X POST ${candidate}/move ${json} -d '{"stageId":"${SEED.lever.stages.backgroundCheck}"}'

   Then her tags hold "Background Check Status: Pending" (curl ${candidate}),
   and the order is at VICTIG (curl ${order}).

2. She fills in VICTIG's form:

   curl -X POST ${order}/finish-quickapp

   Then the tag is "Background Check Status: In Progress".

3. VICTIG completes the report:

   curl -X POST ${order}/complete ${json} -d '{"flagged":true,"decision":"Eligible"}'

   Then a secret note holds the result, and the tags are "Background Check Status: Complete",
   "Flag: True" and "Decision: Eligible".

What the service did, step by step: GET /admin/v1/orders and /admin/v1/orders/{id}/timeline in Swagger UI.
Ctrl-C ends everything; the next start goes on where this one ended.
`;
}
