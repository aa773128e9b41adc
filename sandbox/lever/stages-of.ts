import type { LeverState, Stage } from './lever-state.ts';

/** The stages of an account, in pipeline order: its own, where any were made for it. */
export const stagesOf = (lever: LeverState, account: string): readonly Stage[] =>
  lever.stagesOf.get(account) ?? lever.stages;
