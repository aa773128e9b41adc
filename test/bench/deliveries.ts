import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { SEED } from '../../sandbox/seed.ts';

interface StageChange {
  signatureToken: string;
  opportunityId?: string;
  stageId?: string;
}

/** A stage change as Lever sends it, never sent before. */
export function stageChange({
  signatureToken,
  opportunityId = randomUUID(),
  stageId = SEED.lever.stages.backgroundCheck,
}: StageChange): string {
  const token = randomBytes(24).toString('hex');
  const triggeredAt = Date.now();
  return JSON.stringify({
    id: randomUUID(),
    event: 'candidateStageChange',
    triggeredAt,
    data: { opportunityId, candidateId: opportunityId, fromStageId: 'applicant-new', toStageId: stageId },
    token,
    signature: createHmac('sha256', signatureToken).update(`${token}${triggeredAt}`).digest('hex'),
  });
}
