/** What becomes of deliveries that waited while an installation was disconnected (I6). */
export const WAITING_CHOICES = ['process', 'discard'] as const;
export type WaitingChoice = (typeof WAITING_CHOICES)[number];
