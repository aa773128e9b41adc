/** VICTIG's statuses that staff set by hand; completing and canceling are acts of their own. */
export const STATUSES = [
  'app-pending',
  'app-ready',
  'new',
  'pending',
  'pre-pull',
  'dispatched qc',
  'qa review',
  'pending review',
  'client message',
  'end-user',
  'internal-error',
  'archived',
] as const;

/** What may stand on a report; any other text does, too. */
export const DECISIONS = ['Eligible', 'Ineligible', 'Review'] as const;
