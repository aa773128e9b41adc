const CLOCK = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const INSTANT = /\d{4}-\d{2}-\d{2}T[\d:.]+Z/g;

/** Times within a sentence as people write them. */
export const readable = (text: string): string => text.replaceAll(INSTANT, dayAndTime);

export const clockTime = (at: number | string): string => CLOCK.format(new Date(at));
export const day = (at: number | string): string => DAY.format(new Date(at));
export const dayAndTime = (at: number | string): string => DAY_AND_TIME.format(new Date(at));
