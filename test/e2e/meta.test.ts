import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/canonical.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

const config = 'configs/scripted.yaml';

interface DiffJson {
  readonly a: { readonly name: string; readonly launch: number };
  readonly differences: readonly { readonly group: string; readonly text: string }[];
  readonly noise?: readonly { readonly text: string }[];
}

describe('bench meta, after two runs', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await workbench();
    expect(await bench.bench('run', config, '--launches', '2')).toMatchObject({ code: 0 });
    bench.write({
      'configs/other.yaml': experiment(bench.installed, {
        args: ['--ready-after-ms', '1'],
        env: '{ VLLM_USE_V1: "1", HF_TOKEN: { secret: $HF_TOKEN } }',
      }),
    });
    const env = { HF_TOKEN: 'hf_not-to-be-shown' };
    expect(await bench.benchWith({ env }, 'run', 'configs/other.yaml')).toMatchObject({ code: 0 });
  }, 120_000);

  it('shows the newest, in words', async () => {
    const { code, stdout } = await bench.bench('meta');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^iter-1 {2}\S+ {2}launch 1 of 1\n/);
    for (const word of [
      'engine',
      'VLLM_USE_V1=1',
      'HF_TOKEN=(secret ',
      '--ready-after-ms 1',
      'libraries (',
      'kernel',
    ])
      expect(stdout).toContain(word);
    expect(stdout).not.toContain('not-to-be-shown');
  });

  it('gives the document byte for byte, as the row has its hash', async () => {
    const { stdout } = await bench.bench('meta', 'iter-1', '--json');
    expect(sha256Hex(stdout).slice(0, 12)).toBe(bench.row().snapshot);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'bench-snapshot-1' });
  });

  it('takes a launch, a run id, a path of a bundle, a launch or a file', async () => {
    const run = bench.rows()[0]?.run_id ?? '';
    const folder = `.bench_runs/${run}/launches`;
    const of = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await bench.bench('meta', ...args, '--json')).stdout);
    const [first, second] = ['1', '2'].map(
      (n) => JSON.parse(bench.read(`${folder}/${n}/snapshot.json`)) as unknown,
    );
    expect(await of('iter-0')).toEqual(second);
    expect(await of('iter-0', '--launch', '1')).toEqual(first);
    expect(await of('iter-0:1')).toEqual(first);
    expect(await of(run)).toEqual(second);
    expect(await of(`.bench_runs/${run}`, '--launch', '1')).toEqual(first);
    expect(await of(`${folder}/1`)).toEqual(first);
    expect(await of(`./${folder}/1/snapshot.json`)).toEqual(first);
    expect(await of(`results/${run}.json`)).toMatchObject({ format: 'bench-snapshot-1' });
  });

  it.each([
    [['iter-9'], /No row/],
    [['iter-0', '--launch', '7'], /no snapshot of launch 7/],
    [['./nowhere.json'], /not there/],
    [['queries/q.csv'], /holds no snapshot/],
    [['./results'], /no snapshot of launch 1/],
    [['http://127.0.0.1:1', '--token-file', 'nowhere'], /nowhere cannot be read/],
  ])('%s is refused', async (args, words) => {
    const { code, stderr, stdout } = await bench.bench('meta', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });

  it('diff says what differs, without noise and secrets', async () => {
    const { code, stdout } = await bench.bench('meta', 'diff', 'iter-0', 'iter-1');
    expect(code).toBe(0);
    for (const text of ['VLLM_USE_V1=1 added', 'HF_TOKEN=a secret added', '--ready-after-ms 1 added'])
      expect(stdout).toContain(text);
    expect(stdout).not.toMatch(/uptime|--port|boot/);
    const json = await bench.bench('meta', 'diff', 'iter-0:1', 'iter-1', '--json', '--all');
    const diff = JSON.parse(json.stdout) as DiffJson;
    expect(diff.a).toMatchObject({ name: 'iter-0', launch: 1 });
    expect(diff.differences.map(({ group }) => group)).toContain('engine');
    expect(diff.noise?.map(({ text }) => text).join()).toContain('uptime');
    expect(json.stdout).not.toContain('not-to-be-shown');
  });

  it('diff of two launches of one run finds nothing, and --exit-code tells', async () => {
    const same = await bench.bench('meta', 'diff', 'iter-0:1', 'iter-0:2', '--exit-code');
    expect(same.stdout).toContain('Nothing differs that could move a number.');
    expect(same.code).toBe(0);
    expect(await bench.bench('meta', 'diff', 'iter-0', 'iter-1', '--exit-code')).toMatchObject({ code: 1 });
  });

  it('in a clone without bundles shows what the record holds, and compares it with a bundle', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'bench-clone-'));
    cpSync(bench.root, clone, { recursive: true, filter: (path) => !path.includes('.bench_runs') });
    const shown = await bench.benchWith({ cwd: clone }, 'meta', 'iter-1');
    expect(shown.stdout).toContain('The bundle is not on this machine; this is what the record holds.');
    expect(shown.stdout).toContain('VLLM_USE_V1=1');
    const args = ['meta', 'diff', 'iter-1', join(bench.root, 'results/../.bench_runs', bench.row().run_id)];
    const diff = await bench.benchWith({ cwd: clone }, ...args, '--exit-code');
    expect(diff.stdout).toContain('Nothing differs that could move a number.');
    const lost = await bench.benchWith({ cwd: clone }, 'meta', 'iter-0', '--launch', '1');
    expect(lost).toMatchObject({ code: 2 });
    expect(lost.stderr).toContain('launch 2 alone');
    rmSync(clone, { recursive: true });
  });

  it('asks a proxy, and says how far it is while it has none', async () => {
    const served = await workbench();
    served.write({
      [config]: experiment(served.installed, { args: ['--ready-after-ms', '4000'] }),
      token: 'a-token-of-enough-letters\n',
    });
    const proxy = served.start({}, 'proxy', config, '--listen', '127.0.0.1:0', '--token-file', 'token');
    const url = await proxy.says(/^(http:\/\/\S+)$/m);
    const ask = (...args: string[]) => served.bench('meta', url, ...args);
    const token = ['--token-file', 'token'];
    try {
      const early = await ask(...token);
      expect(early).toMatchObject({ code: 5, stdout: '' });
      expect(early.stderr).toMatch(/is not frozen yet: .+ \(launch \S+\)\./);
      expect(await ask()).toMatchObject({ code: 2, stderr: expect.stringContaining('asks for a token') });
      let found = early;
      while (found.code === 5) {
        await sleep(500);
        found = await ask(...token, '--json');
      }
      const frozen = readFileSync(
        join(served.root, '.bench_runs', served.bundles()[0] ?? '', 'launches/1/snapshot.json'),
        'utf8',
      );
      expect(found).toMatchObject({ code: 0, stdout: frozen });
      const text = (await served.bench('meta', `${url}/v1`, ...token)).stdout;
      expect(text).toMatch(new RegExp(`^${url}/v1 {2}${served.bundles()[0]} {2}launch 1\\n`));
      writeFileSync(join(served.root, 'kept.json'), frozen);
      const diff = await served.bench('meta', 'diff', './kept.json', url, ...token, '--exit-code');
      expect(diff).toMatchObject({ code: 0 });
    } finally {
      proxy.signal('SIGINT');
      await proxy.ended;
    }
    const gone = await ask(...token);
    expect(gone).toMatchObject({ code: 5, stderr: expect.stringMatching(/Nobody answers at/) });
  }, 120_000);
});

describe('bench doctor', () => {
  it('says what this machine has, in words and as JSON', async () => {
    const bench = await workbench();
    const text = await bench.bench('doctor');
    expect(text.code).toBe(0);
    for (const word of ['cgroup v2 leaf', 'CPU governor', 'clock source', 'git', 'room for the repository'])
      expect(text.stdout).toContain(word);
    const { stdout } = await bench.bench('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: Record<string, string>[] };
    for (const check of checks) {
      expect(Object.keys(check).sort()).toEqual(['command', 'found', 'id', 'meaning', 'severity', 'title']);
      expect(['ok', 'note', 'warn', 'bad']).toContain(check.severity);
    }
    expect(bench.git('status', '--porcelain', '--', '.bench_runs', 'bench_results.tsv')).toBe('');
  });

  it('exits 5 where nothing can be measured', async () => {
    const bench = await workbench();
    bench.write({ '.git/MERGE_HEAD': `${'0'.repeat(40)}\n` });
    const merging = await bench.bench('doctor', '--json');
    expect(merging.code).toBe(5);
    expect(merging.stdout).toContain('git merge --continue');
  });

  it('names who holds the machine', async () => {
    const bench = await workbench();
    bench.write({ [config]: experiment(bench.installed, { args: ['--ready-after-ms', '600000'] }) });
    const run = bench.start({}, 'run', config);
    await run.says('starting custom');
    const { stdout } = await bench.bench('doctor');
    expect(stdout).toMatch(new RegExp(`measurement lock +pid ${run.pid} \\(`));
    run.signal('SIGINT');
    await run.ended;
  });
});
