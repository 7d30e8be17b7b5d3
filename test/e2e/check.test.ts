import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { realEngine } from '../real-engine.ts';
import { processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** A busy test machine is no reason to drop a pair here. */
const calm =
  'judge: { foreign_load: 100%, pairs: 6, min_effect: 20% }\nguard: { ttft_ms: 100%, tpot_ms: 50%, e2e_ms: 50% }\n';

async function bench(): Promise<Workbench> {
  const made = await workbench();
  made.write({
    'configs/scripted.yaml': experiment(made.installed, { more: calm }),
    'configs/slower.yaml': 'description: slower\nparent: scripted.yaml\nset: { --script: slower.json }\n',
    'configs/broken.yaml': 'description: dies\nparent: scripted.yaml\nset: { --no-such-flag: "1" }\n',
    'configs/asks.yaml': 'description: x\nparent: scripted.yaml\nworkload: { max_tokens: 4 }\n',
    // Long beside what a busy machine adds, so that the guard on it is decided.
    'pace.json': '{"ttftMs":60,"itlMs":100}',
    'slower.json': '{"ttftMs":60,"itlMs":180}',
  });
  return made;
}

describe('bench check', () => {
  let made: Workbench;
  beforeAll(async () => {
    made = await bench();
    await made.bench('run', 'configs/scripted.yaml');
  });

  it('passes what is not worse, exit 0, and writes a check, no row, no commit', async () => {
    const head = made.git('rev-parse', 'HEAD');
    const check = () => made.bench('check', 'configs/scripted.yaml', '--baseline', 'iter-0');
    let ended = await check();
    // Six pairs on a busy machine may be too few to know.
    if (ended.code === 125) ended = await check();
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^pass {2}/);
    expect(made.rows()).toHaveLength(1);
    expect(made.git('rev-parse', 'HEAD')).toBe(head);
    expect(readdirSync(join(made.root, 'results/check')).length).toBeGreaterThan(0);
  });

  it('fails what is worse, exit 1, with step summary and annotation', async () => {
    const summary = join(made.home, 'summary.md');
    const ended = await made.benchWith(
      { env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary } },
      ...['check', 'configs/slower.yaml', '--json'],
    );
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'regression', exitCode: 1 });
    expect(ended.stderr).toMatch(/^::error title=bench check configs\/slower\.yaml::regression/m);
    expect(readFileSync(summary, 'utf8')).toMatch(/^## ❌ bench check `configs\/slower\.yaml`: regression/);
  });

  it('keeps the history of the baseline, committed only with --commit', async () => {
    const ended = await made.bench('check', '--history');
    expect(ended.stdout).toMatch(/baseline decode_tok_s/);
    expect(ended.stdout).toMatch(/pass[\s\S]*regression/);
    expect(made.git('log', '--format=%s')).not.toContain('bench: check');
  });

  it('is not comparable, exit 3, when the workload differs or the baseline is gone', async () => {
    const asks = await made.bench('check', 'configs/asks.yaml');
    expect(asks.code).toBe(3);
    expect(asks.stderr).toContain('ask different things');
    made.write({ 'queries/q.csv': 'id,prompt\na,Something else\n' });
    const gone = await made.bench('check', 'configs/scripted.yaml', '--baseline', 'iter-0');
    made.git('checkout', 'queries/q.csv');
    expect(gone.code).toBe(3);
    expect(gone.stderr).toContain('cannot be measured again as it was: changed since: queries/q.csv');
  });

  it('is a crash, exit 4, when the candidate dies', async () => {
    const ended = await made.bench('check', 'configs/broken.yaml');
    expect(ended.code).toBe(4);
  });

  it('needs something to check against, exit 2', async () => {
    made.write({
      'configs/alone.yaml': experiment(made.installed, { more: calm, args: ['--model', 'alone'] }),
    });
    const ended = await made.bench('check', 'configs/alone.yaml');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('no parent and no kept row');
  });

  it('answers git bisect: 0, 1, 125 for a crash, 128 for what ends it, and leaves nothing', async () => {
    const record = join(made.home, 'good.json');
    symlinkSync(join(made.root, 'results', `${made.row().run_id}.json`), record);
    const before = readdirSync(join(made.root, 'results/check'));
    const codes = [];
    for (const config of ['scripted', 'slower', 'broken', 'asks']) {
      const args = ['check', `configs/${config}.yaml`, '--baseline', record, '--bisect'];
      codes.push((await made.bench(...args)).code);
    }
    expect(codes).toEqual([0, 1, 125, 128]);
    expect(readdirSync(join(made.root, 'results/check'))).toEqual(before);
  });
});

describe('the gate on the real llama.cpp server', { timeout: 400_000 }, () => {
  it('is calibrated, passes itself, and sees what is planted', async () => {
    const real = await realEngine();
    const made = await workbench({ empty: true });
    mkdirSync(join(made.root, '.venvs'));
    symlinkSync(real.venv, join(made.root, '.venvs/llamacpp'));
    made.write({
      '.gitignore': '.venvs\n.bench_runs\n',
      'queries/q.csv':
        'id,prompt\na,Name three rivers.\nb,Write a line about rain.\nc,Why is it dark at night?\n',
      'configs/gate.yaml': `description: the gate
engine: llamacpp
cmd: ${real.server}
args: [-m, ${real.model}, --alias, smol, -t, 1, -c, 512]
env: { LD_LIBRARY_PATH: ${real.libraries} }
workload: { queries: queries/q.csv, max_tokens: 12, ignore_eos: true }
judge: { foreign_load: 100% }
`,
    });
    // Two cores that other tests share: what is surely wrong must never be said, what is right at one of three tries.
    const holds: boolean[] = [];
    while (holds.length < 3 && !holds.includes(true)) {
      const calibrated = await made.bench('calibrate', 'configs/gate.yaml', '--quads', '2');
      expect(calibrated, calibrated.stderr).toMatchObject({ code: 0 });
      expect(calibrated.stdout).toMatch(/floor of decode_tok_s [\d.]+ %/);
      const tested = await made.bench(
        'check',
        'configs/gate.yaml',
        '--self-test',
        '--delta',
        '40%',
        '--json',
      );
      const result = JSON.parse(tested.stdout);
      // On a busy machine a client may be late: that is no answer, and neither half may give the wrong one.
      expect(['pass', 'inconclusive', 'invalid']).toContain(result.equal.status);
      // A first half without an answer ends it: there is no second one then.
      expect(['regression', 'inconclusive', 'invalid', undefined]).toContain(result.slowed?.status);
      expect(result.holds ? [0] : [125, 5]).toContain(tested.code);
      holds.push(result.holds);
    }
    expect(holds).toContain(true);
    expect(existsSync(join(made.root, 'bench_results.tsv'))).toBe(false);
    expect(processesOf(made.root)).toEqual([]);
  });
});
