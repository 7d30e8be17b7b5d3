import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { findCgroup, type Leaf, makeLeaf, placeLeaf } from '../../src/supervisor/cgroup.ts';
import type { EngineCrash } from '../../src/supervisor/crash.ts';
import { isLive, listPids, readProcText, readStat } from '../../src/supervisor/procfs.ts';
import type { EngineEvent, EngineSpec, RunningEngine } from '../../src/supervisor/spec.ts';
import { startEngine } from '../../src/supervisor/start.ts';

/** Where the engines that misbehave on purpose live. */
export const engines = join(import.meta.dirname, '..', 'fixtures', 'engines');

/** A folder that goes when the test ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-supervisor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a leaf. @returns it, or a sentence saying why there can be none. */
export function newLeaf(name: string): Leaf | string {
  const leaf = placeLeaf(name);
  return typeof leaf === 'string' ? leaf : (makeLeaf(leaf) ?? leaf);
}

/** A text that no other process has in its argv. */
export function marker(): string {
  return `marker-${process.pid}-${Math.random().toString(36).slice(2)}`;
}

export interface FixtureSpec extends EngineSpec {
  readonly events: EngineEvent[];
  /** engine.log, split into lines. */
  log(): string[];
}

/** A spec that starts a fixture engine with node, python or sh, whichever its name ends with. */
export function fixtureSpec(
  name: string,
  args: readonly string[] = [],
  overrides: Partial<EngineSpec> & { env?: Record<string, string> } = {},
): FixtureSpec {
  const folder = scratch();
  const events: EngineEvent[] = [];
  const logPath = join(folder, 'engine.log');
  const { env = {}, ...rest } = overrides;
  return {
    name,
    engine: { holdPort: 'until-owned', healthPath: '/health', causes: [] },
    plan: (port) => ({
      argv: [
        ...interpreter(name),
        join(engines, name),
        ...args,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
      ],
      env,
      cwd: folder,
    }),
    model: null,
    readyTimeoutMs: 20_000,
    requestTimeoutMs: 5_000,
    stopGraceMs: 2_000,
    cgroupName: `test-${process.pid}`,
    logPath,
    redact: (text) => text,
    now: () => Number(process.hrtime.bigint()),
    onEvent: (event) => events.push(event),
    readyRequest: (model) => ({ model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 1 }),
    ...rest,
    events,
    log: () => readFileSync(logPath, 'utf8').split('\n').slice(0, -1),
  };
}

function interpreter(name: string): string[] {
  if (name.endsWith('.mjs')) return [process.execPath];
  return name.endsWith('.py') ? ['/usr/bin/env', 'python3'] : [];
}

/** Live processes whose argv holds the text, zombies left out. */
export function pidsWith(text: string): number[] {
  return listPids().filter(
    (pid) =>
      pid !== process.pid && isLive(readStat(pid)) && (readProcText(pid, 'cmdline') ?? '').includes(text),
  );
}

/** Waits until the condition holds; @returns whether it did within ten seconds. */
export async function eventually(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    if (condition()) return true;
    await sleep(20);
  }
  return condition();
}

/** A run that nobody interrupts. */
export const never = new AbortController().signal;

/** Starts it; it is killed when the test ends. */
export async function start(spec: EngineSpec): Promise<RunningEngine> {
  const engine = await startEngine(spec, never);
  onTestFinished(() => engine.kill());
  return engine;
}

/** The crash that starting it ends in. */
export async function crash(spec: EngineSpec): Promise<EngineCrash> {
  return startEngine(spec, never).then(
    () => Promise.reject(new Error('it started')),
    (error: EngineCrash) => error,
  );
}

/** The events so far, in order. */
export const names = (spec: FixtureSpec): string[] => spec.events.map((event) => event.event);

/** cgroup leaves of this test process. */
export function leaves(): string[] {
  const place = findCgroup(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/cgroup', 'utf8'),
  );
  return typeof place === 'string'
    ? []
    : readdirSync(place.home).filter((name) => name.startsWith(`bench-test-${process.pid}-`));
}
