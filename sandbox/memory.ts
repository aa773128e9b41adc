import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { isObject } from './json.ts';
import type { LeverState } from './lever/lever-state.ts';
import type { VictigState } from './victig/victig-state.ts';
import type { World } from './world.ts';

/** Raised when the stored form changes; a file of another version is refused. */
const VERSION = 1;

interface Memory {
  version: typeof VERSION;
  lever: Omit<LeverState, 'buckets'>;
  victig: Omit<VictigState, 'buckets'>;
}

/** Keeps the vendors' data in a file, so that a demonstration goes on where it ended. Not made for load. */
export interface MemoryKeeper {
  /** Takes over what an earlier run left, if anything. */
  recall(world: World): void;
  /** Writes everything down; it is on disk when this returns. */
  keep(world: World): void;
}

export function memoryKeeper(file: string): MemoryKeeper {
  return {
    recall(world) {
      if (!existsSync(file)) return;
      const memory: unknown = readMemory(file);
      if (!isMemory(memory)) throw new Error(`The sandbox cannot read ${file}: delete it to start afresh.`);
      Object.assign(world.lever, memory.lever);
      Object.assign(world.victig, memory.victig);
    },
    keep(world) {
      const { buckets: _leverBuckets, ...lever } = world.lever;
      const { buckets: _victigBuckets, ...victig } = world.victig;
      writeFileSync(`${file}.new`, serialize({ version: VERSION, lever, victig }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}

function readMemory(file: string): unknown {
  try {
    return deserialize(readFileSync(file));
  } catch {
    return undefined;
  }
}

function isMemory(value: unknown): value is Memory {
  return (
    isObject(value) && value['version'] === VERSION && isObject(value['lever']) && isObject(value['victig'])
  );
}
