import { createContext, use } from 'react';
import type { Story, World } from './wire';

export interface SandboxNow {
  world: World;
  story: Story | null;
}

export const SandboxContext = createContext<SandboxNow | null>(null);

/** What is known of the sandbox now; only below the shell, which waits until something is. */
export function useSandbox(): SandboxNow {
  const now = use(SandboxContext);
  if (!now) throw new Error('useSandbox is called outside of the shell');
  return now;
}
