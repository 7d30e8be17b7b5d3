import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const repository = resolve(import.meta.dirname, '../..');

/**
 * A built bench outside any repository, so that changes of this checkout are no dirt. Built once for all test files:
 * they share one temporary folder. Answers its top folder.
 */
export async function installedBench(): Promise<string> {
  const ready = join(tmpdir(), 'bench-installed');
  const making = `${ready}.making`;
  if (existsSync(ready)) return ready;
  try {
    mkdirSync(making);
  } catch {
    while (!existsSync(ready)) await sleep(50);
    return ready;
  }
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const project = [
    '-p',
    join(repository, 'tsconfig.build.json'),
    '--outDir',
    join(making, 'dist'),
    '--noCheck',
  ];
  execFileSync(process.execPath, [tsc, ...project], { stdio: 'inherit' });
  for (const name of ['package.json', 'queries', 'configs', 'docs']) {
    cpSync(join(repository, name), join(making, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(making, 'node_modules'));
  renameSync(making, ready);
  return ready;
}

/** The scripted engine of an installed bench. */
export function scriptedEngine(installed: string): string {
  return join(installed, 'dist/test/scripted-engine/main.js');
}
