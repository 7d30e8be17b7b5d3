import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { llamacpp } from '../../src/engines/llamacpp.ts';
import type { EngineSpec } from '../../src/supervisor/spec.ts';
import { realEngine } from '../real-engine.ts';
import { childBench, expectNothingLeft } from './child-bench.ts';
import { compileSupervisor } from './compile.ts';
import { crash, type FixtureSpec, fixtureSpec, start } from './fixture.ts';

const { server, model, libraries } = await realEngine();
const env = { LD_LIBRARY_PATH: libraries };
const command = [server, '-m', model, '-t', '1', '-c', '1024'];

function llama(args: readonly string[] = [], overrides: Partial<EngineSpec> = {}): FixtureSpec {
  const argv = [...command, ...args];
  return fixtureSpec('llama.cpp', [], {
    engine: llamacpp,
    plan: (port) => ({ argv: [...argv, '--host', '127.0.0.1', '--port', String(port)], env, cwd: homedir() }),
    ...overrides,
  });
}

const supervisor = compileSupervisor();

describe('the real llama.cpp server', () => {
  it('starts, owns its port, has exactly its environment, and stops at SIGINT', async () => {
    const spec = llama();
    const engine = await start(spec);
    expect(engine.findings).toEqual([]);
    expect(engine.model).toContain('SmolLM2');
    expect(spec.events.map((event) => event.event)).toEqual(['spawn', 'bound', 'healthy', 'ready']);
    await engine.checkOwnership();
    const environ = readFileSync(`/proc/${engine.rootPid}/environ`, 'utf8');
    expect(environ).toBe(`LD_LIBRARY_PATH=${libraries}\0`);
    expect(engine.processes()).toHaveLength(1);
    expect(await engine.stop()).toMatchObject({ rung: 'sigint', survivors: [], portFree: true });
    expect(spec.log().some((line) => /^\d+ [oe] .*listening/.test(line))).toBe(true);
  });

  it('killed from outside is reported with its signal', async () => {
    const engine = await start(llama());
    process.kill(engine.rootPid, 'SIGKILL');
    expect(await engine.death).toMatchObject({ phase: 'run', exit: { signal: 'SIGKILL' } });
    expect(await engine.stop()).toMatchObject({ rung: 'none', portFree: true });
  });

  it('with a flag it does not know is bad-flag; without its model, model-missing', async () => {
    expect(await crash(llama(['--no-such-flag']))).toMatchObject({ reason: 'bad-flag' });
    const missing = await crash(llama(['-m', '/no/such/model.gguf']));
    expect(missing).toMatchObject({ reason: 'model-missing' });
    expect(missing.lines.join('\n')).toContain('/no/such/model.gguf');
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'is gone after kill -9 of bench at a random moment (%i)',
    async (nth) => {
      const { child, mark } = childBench(supervisor, {
        containment: 'auto',
        argv: (alias) => [...command, '--alias', alias],
        env,
      });
      await sleep(200 + nth * 130 + Math.random() * 130);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await expectNothingLeft(mark);
    },
  );
});
