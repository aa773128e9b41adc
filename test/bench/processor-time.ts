import { readdirSync, readFileSync } from 'node:fs';

// Linux counts processor time in hundredths of a second (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICK_MS = 10;

/** Processor time in milliseconds, since each process started. */
export interface ProcessorTime {
  service: number;
  postgres: number;
  vendors: number;
  bench: number;
}

/** All of PostgreSQL that runs on this machine counts; none if it runs elsewhere. */
export function processorTime(service: number, vendors: number): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return {
    service: usedMs(service),
    postgres: postgresProcesses().reduce((sum, pid) => sum + usedMs(pid), 0),
    vendors: usedMs(vendors),
    bench: (user + system) / 1_000,
  };
}

/** What was used between two readings, for each of so many pieces of work. */
export function perPiece(from: ProcessorTime, to: ProcessorTime, pieces: number): ProcessorTime {
  const each = (part: keyof ProcessorTime): number => Number(((to[part] - from[part]) / pieces).toFixed(1));
  return {
    service: each('service'),
    postgres: each('postgres'),
    vendors: each('vendors'),
    bench: each('bench'),
  };
}

/** With what its ended children used; 0 for one that has ended. */
function usedMs(pid: number): number {
  try {
    // The name in brackets may hold anything; what follows begins with the state, the third field.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
  } catch {
    return 0;
  }
}

function postgresProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => nameOf(pid) === 'postgres');
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
