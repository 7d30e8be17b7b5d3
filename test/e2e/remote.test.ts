import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Started, startChild } from './child.ts';
import { scriptedEngine } from './installed.ts';
import { type Workbench, workbench } from './workbench.ts';

let bench: Workbench;
let server: Started;
let url = '';
beforeAll(async () => {
  bench = await workbench();
  const argv = [process.execPath, scriptedEngine(bench.installed), '--script', 'pace.json'];
  server = startChild(argv, { cwd: bench.root, env: {} });
  url = `${await server.says(/listening on (\S+)/)}/v1`;
});
afterAll(async () => {
  server.signal('SIGTERM');
  await server.ended;
});

function remote(more = ''): string {
  return `description: elsewhere
engine: openai
base_url: ${url}
workload: { queries: queries/q.csv, max_tokens: 3 }
${more}`;
}

describe('a server that bench did not start', () => {
  it('gives a row that is not witnessed: no launch, no artifact, no status', async () => {
    bench.write({ 'configs/remote.yaml': remote() });
    expect(await bench.bench('run', 'configs/remote.yaml')).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({
      status: null,
      reason: 'unwitnessed',
      launches: 0,
      artifact: null,
      hardware: null,
      complexity: null,
      engine: 'openai',
      model: 'scripted',
      n: 3,
      errors: 0,
      snapshot: expect.stringMatching(/./),
    });
    expect(bench.row().value).not.toBeNull();
    expect(bench.git('status', '--porcelain', '-uno')).toBe('');
  });

  it('shows its key nowhere', async () => {
    bench.write({ 'configs/remote.yaml': remote('api_key: { secret: $KEY }\n') });
    const env = { KEY: 'sk-very-secret-0815' };
    const ended = await bench.benchWith({ env }, 'run', 'configs/remote.yaml', '--keep-outputs');
    expect(ended.code).toBe(0);
    expect(bench.filesHolding(env.KEY)).toEqual([]);
    const shown = await bench.benchWith({ env }, 'config', 'show', 'configs/remote.yaml');
    expect(`${ended.stdout}${ended.stderr}${shown.stdout}`).not.toContain(env.KEY);
  });

  it('that is not there is exit 5, and nothing is written', async () => {
    bench.write({ 'configs/gone.yaml': remote().replace(url, 'http://127.0.0.1:1/v1') });
    const before = bench.rows().length;
    const ended = await bench.bench('run', 'configs/gone.yaml');
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('http://127.0.0.1:1/v1');
    expect(bench.rows()).toHaveLength(before);
    expect(bench.bundles()).toHaveLength(before);
  });

  it('can be tried without a file; --save writes one that runs', async () => {
    const at = await workbench({ empty: true, git: false });
    const flags = ['--requests', '3', '--max-tokens', '3', '--save', 'configs/mine.yaml'];
    const tried = await at.bench('try', url, ...flags);
    expect(tried).toMatchObject({ code: 0 });
    for (const word of ['TTFT', 'decode', 'openai', 'Saved as an experiment', url])
      expect(tried.stdout).toContain(word);
    expect(existsSync(join(at.root, '.bench_runs'))).toBe(false);
    expect(existsSync(join(at.root, 'bench_results.tsv'))).toBe(false);
    const again = await at.bench('try', url, '--save', 'configs/mine.yaml');
    expect(again).toMatchObject({ code: 2, stdout: '' });
    const ran = await at.bench('run', 'configs/mine.yaml', '--print', 'ttft_ms', '--limit', '2');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+(\.\d+)?\n$/) });
    const json = await at.bench('try', url, '--json', '--requests', '3', '--max-tokens', '3');
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      model: 'scripted',
      summary: { failed: 0 },
    });
  });

  it.each([
    ['127.0.0.1:8090/v1', 'http://127.0.0.1:8090/v1'],
    ['localhost:8090', 'http://localhost:8090/v1'],
    ['[::1]:8090', 'http://[::1]:8090/v1'],
  ])('%s is a URL without its scheme, not a command', async (word, meant) => {
    const at = await workbench({ empty: true, git: false });
    const tried = await at.bench('try', word);
    expect(tried).toMatchObject({ code: 2, stdout: '' });
    expect(tried.stderr).toContain(`did you mean ${meant}?`);
  });

  it('can be started by bench try from a command', async () => {
    const at = await workbench();
    const command = [process.execPath, scriptedEngine(at.installed), '--script', 'pace.json'];
    const tried = await at.bench('try', '--requests', '3', '--max-tokens', '3', '--', ...command);
    expect(tried).toMatchObject({ code: 0 });
    expect(tried.stdout).toContain('engine: custom');
    const dead = await at.bench('try', '--', ...command, '--die-at-boot', 'no luck today');
    expect(dead.code).toBe(4);
    expect(dead.stderr).toContain('no luck today');
    const missing = await at.bench('try', '--', './not-here');
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    const unknown = await at.bench('try', '--', 'nosuchcmd');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('nosuchcmd was not found on your PATH');
    for (const { stderr } of [missing, unknown]) expect(stderr).not.toMatch(/(?:cmd|env|cwd):/);
    expect(at.rows()).toEqual([]);
  });
});
