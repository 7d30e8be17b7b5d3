import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stated } from '../../src/engines/facts.ts';

const folder = join(import.meta.dirname, '../fixtures/engines');

/** A recorded text; what stands before it in lines of `# ` says where it is from. */
export function fixture(path: string): string {
  return readFileSync(join(folder, path), 'utf8').replace(/^# .*\n/, '');
}

/** The names of a folder of fixtures; empty when it is not there. */
export function fixtureNames(path: string): string[] {
  const whole = join(folder, path);
  return existsSync(whole) ? readdirSync(whole).toSorted() : [];
}

/** A log, line by line. */
export function log(path: string): string[] {
  return fixture(path).trimEnd().split('\n');
}

/** Statements with nothing in them but what is given. */
export function stated(parts: Partial<Stated>): Stated {
  return { endpoints: {}, metrics: null, log: [], ...parts };
}
