import { createHmac, randomBytes, randomUUID } from 'node:crypto';

export interface Signer {
  signatureToken: string;
  stageId: string;
}

/** A stage change as Lever sends it, never sent before. */
export function stageChange({ signatureToken, stageId }: Signer): string {
  const opportunityId = randomUUID();
  const token = randomBytes(24).toString('hex');
  const triggeredAt = Date.now();
  return JSON.stringify({
    id: opportunityId,
    event: 'candidateStageChange',
    triggeredAt,
    data: { opportunityId, candidateId: opportunityId, fromStageId: 'applicant-new', toStageId: stageId },
    token,
    signature: createHmac('sha256', signatureToken).update(`${token}${triggeredAt}`).digest('hex'),
  });
}
