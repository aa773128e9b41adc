import type { ReactElement } from 'react';

/** Drawn on a grid of 16, by strokes of the text's colour. */
const PATHS = {
  board: 'M2.500 3h3v10h-3zM6.500 3h3v7h-3zM10.500 3h3v4h-3z',
  person:
    'M8 8.200a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400zM2.800 13.500c.7-2.300 2.700-3.500 5.200-3.500s4.500 1.200 5.200 3.500',
  shield: 'M8 1.800l5.200 2v4.100c0 3.200-2.200 5.300-5.200 6.300-3-1-5.200-3.100-5.200-6.300V3.800z',
  pulse: 'M1.500 8h3l2-4.500 3 9 2-4.500h3',
  sun: 'M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600zM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1.100 1.100M11.900 11.900L13 13M3 13l1.100-1.100M11.900 4.100L13 3',
  moon: 'M13.300 9.700A5.700 5.700 0 0 1 6.300 2.700a5.700 5.700 0 1 0 7 7z',
  auto: 'M2 3h12v8H2zM5.500 13.500h5M8 11v2.500',
  close: 'M4 4l8 8M12 4l-8 8',
  lock: 'M4 7.200h8v6.300H4zM5.500 7.200V5a2.500 2.500 0 0 1 5 0v2.200',
  plus: 'M8 3v10M3 8h10',
  flag: 'M4 14V2.500M4 3h7.500l-1.500 2.800 1.500 2.700H4',
  check: 'M3.200 8.500l3.100 3.100 6.500-7',
  compass:
    'M8 14.200A6.200 6.200 0 1 0 8 1.800a6.200 6.200 0 0 0 0 12.400zM10.800 5.200L9.300 9.300 5.200 10.800l1.500-4.100z',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  repeat: 'M3 7.500V6.500a2 2 0 0 1 2-2h7M10 2.500l2 2-2 2M13 8.500v1a2 2 0 0 1-2 2H4M6 13.500l-2-2 2-2',
  mail: 'M2 3.500h12v9H2zM2.500 4.500L8 9l5.500-4.500',
  warning: 'M8 2.200l6.300 11.100H1.700zM8 6.500v3M8 11.400v.1',
  inbox:
    'M2.500 9L4 3.500h8L13.500 9v3.500h-11zM2.500 9h3.300c.3 1.200 1.100 1.800 2.200 1.800s1.900-.6 2.200-1.800h3.300',
  tag: 'M2.500 2.500h5l6 6-5 5-6-6zM5.300 5.300h.1',
  link: 'M6.500 3.500h-3v9h9v-3M9 2.500h4.500V7M13.500 2.500l-6 6',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means is said in words beside it. */
export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
