import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/verdict/comparison.ts';
import { processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** A busy test machine is no reason to drop a pair here. */
const calm = 'judge: { foreign_load: 100%, pairs: 6 }\nguard: { ttft_ms: 90%, tpot_ms: 50%, e2e_ms: 50% }\n';

/** A baseline, and children that are faster, slower, the same, or broken. */
async function bench(more = calm): Promise<Workbench> {
  const made = await workbench();
  const child = (script: string): string =>
    `description: ${script}\nparent: scripted.yaml\nset: { --script: ${script}.json }\n`;
  made.write({
    'configs/scripted.yaml': experiment(made.installed, { more }),
    'configs/faster.yaml': child('faster'),
    'configs/slower.yaml': child('slower'),
    'configs/broken.yaml': 'description: dies\nparent: scripted.yaml\nset: { --no-such-flag: "1" }\n',
    'configs/noop.yaml': 'description: the same\nparent: scripted.yaml\nset: { --script: pace.json }\n',
    'configs/two.yaml':
      'description: two knobs\nparent: scripted.yaml\nset: { --script: faster.json }\nenv: { X: "1" }\n',
    // Long beside what a busy machine adds, so that the guard on it is decided.
    'pace.json': '{"ttftMs":60,"itlMs":100}',
    'faster.json': '{"ttftMs":60,"itlMs":60}',
    'slower.json': '{"ttftMs":60,"itlMs":160}',
  });
  return made;
}

function comparisonOf(made: Workbench): Comparison {
  return made.record().comparison as Comparison;
}

describe('a child in pairs with its parent', () => {
  let made: Workbench;
  let ended: Awaited<ReturnType<Workbench['bench']>>;
  beforeAll(async () => {
    made = await bench();
    ended = await made.bench('run', 'configs/faster.yaml');
  });

  it('is kept when it is better, with the baseline before it in the ledger', () => {
    expect(ended).toMatchObject({ code: 0 });
    const [baseline, child] = made.rows();
    expect(baseline).toMatchObject({
      iter: 0,
      status: 'keep',
      reason: 'baseline',
      config: 'configs/scripted.yaml',
    });
    expect(child).toMatchObject({ iter: 1, status: 'keep', reason: 'better', parent: baseline?.run_id });
    expect(child?.pairs).toBeGreaterThanOrEqual(4);
    expect(child?.delta_pct).toBeGreaterThan(50);
    expect(child?.ci_lo_pct).toBeLessThan(child?.delta_pct ?? 0);
    expect(child?.e_value).toBeGreaterThanOrEqual(20);
  });

  it('says so in a sentence, pair by pair, with cost and noise', () => {
    expect(ended.stdout).toMatch(
      /% decode_tok_s \[\+[\d.]+, \+[\d.]+\] after \d pairs, floor [\d.]+ % .*keep\s\(better\)/s,
    );
    expect(ended.stderr).toContain('at most 6 pairs: 12 launches');
    expect(ended.stderr).toMatch(/ {3}\d .*better$/m);
    expect(ended.stderr).toContain('--provisional');
  });

  it('was launched A B B A, each launch with its arm and pair in the bundle', () => {
    const launches = join(made.bundle(), 'launches');
    const arms = readdirSync(launches)
      .sort((one, other) => Number(one) - Number(other))
      .map((number) => JSON.parse(readFileSync(join(launches, number, 'experiment.json'), 'utf8')).arm);
    expect(
      arms
        .slice(0, 8)
        .map((arm) => arm[0])
        .join(''),
    ).toBe('bccbbccb');
    const request = JSON.parse(readFileSync(join(launches, '2/requests.jsonl'), 'utf8').split('\n')[0] ?? '');
    expect(request).toMatchObject({ arm: 'candidate', pair: 1, launch: 2 });
    expect(JSON.parse(made.read(`.bench_runs/${made.rows()[0]?.run_id}/run.json`))).toMatchObject({
      bundleOf: made.row().run_id,
    });
  });

  it('leaves a record from which the verdict can be computed again, and a clean work tree', () => {
    const comparison = comparisonOf(made);
    expect(comparison.pairs.map(({ order }) => order).slice(0, 4)).toEqual([
      'baseline-first',
      'candidate-first',
      'baseline-first',
      'candidate-first',
    ]);
    const effects = comparison.pairs.map(({ effects }) => effects?.decode_tok_s ?? 0);
    const mean = effects.reduce((sum, one) => sum + one, 0) / effects.length;
    expect(made.row().delta_pct).toBeCloseTo(100 * Math.expm1(mean), 6);
    expect(comparison.outputs).toMatchObject({ compared: 3, same: 3 });
    expect(made.git('status', '--porcelain')).not.toContain('results');
  });

  it('is measured against the row that is there the next time', async () => {
    const again = await made.bench('run', 'configs/slower.yaml');
    expect(again.code).toBe(0);
    expect(made.rows()).toHaveLength(3);
    expect(made.row()).toMatchObject({ status: 'discard', parent: made.rows()[0]?.run_id });
    expect(made.row().reason).toMatch(/^(worse|guard:)/);
  });

  it('is sound for `ledger verify`, and told by `diff` with the interval of its pairs', async () => {
    const verified = await made.bench('ledger', 'verify');
    expect(verified.stdout).toMatch(/\d rows: no problem/);
    expect(verified.code).toBe(0);
    const diff = await made.bench('diff', 'iter-0', 'iter-1', '--json');
    expect(JSON.parse(diff.stdout).comparisons[0].paired).toMatchObject({
      metric: 'decode_tok_s',
      pairs: made.rows()[1]?.pairs,
    });
    const shown = await made.bench('show', 'iter-1');
    expect(shown.stdout).toContain('better');
  });

  it('can be repeated, and comes out again', async () => {
    const again = await made.bench('repeat', 'iter-1', '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).repeated).toMatchObject({ outcome: 'reproduced' });
  });
});

describe('a child', () => {
  let made: Workbench;
  beforeAll(async () => {
    made = await bench();
  });

  it('that starts the same is noop, and nothing is launched', async () => {
    const ended = await made.bench('run', 'configs/noop.yaml');
    expect(ended.code).toBe(0);
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'noop', launches: 0 });
  });

  it('with two knobs is refused, and marked with --multi', async () => {
    const refused = await made.bench('run', 'configs/two.yaml');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('2 knobs: --script:itlMs, env.X');
    expect(refused.stderr).toContain('--multi');
    const run = await made.bench('run', 'configs/two.yaml', '--multi', '--pairs', '4');
    expect(run.code).toBe(0);
    expect(made.row().findings).toContain('multi');
  });

  it('that dies is a crash, exit 4, and its baseline keeps its row', async () => {
    const ended = await made.bench('run', 'configs/broken.yaml');
    expect(ended.code).toBe(4);
    expect(made.row()).toMatchObject({ status: 'crash', delta_pct: null, value: null });
    expect(made.rows().some(({ config }) => config === 'configs/scripted.yaml')).toBe(true);
  });

  it('against a file of its own choice, once against a row', async () => {
    const ended = await made.bench(
      'run',
      'configs/slower.yaml',
      '--against',
      'configs/faster.yaml',
      '--pairs',
      '4',
    );
    expect(ended.code).toBe(0);
    expect(comparisonOf(made).baseline.config).toBe('configs/faster.yaml');
    const iter = `iter-${made.rows().find(({ config }) => config === 'configs/faster.yaml')?.iter}`;
    const row = await made.bench('run', 'configs/scripted.yaml', '--against', iter, '--pairs', '4');
    expect(row.code).toBe(0);
    expect(comparisonOf(made).baseline.config).toBe('configs/faster.yaml');
  });

  it('measured provisionally is never kept', async () => {
    const ended = await made.bench('run', 'configs/faster.yaml', '--provisional');
    expect(ended.code).toBe(0);
    expect(made.row()).toMatchObject({ status: null, reason: 'unjudged', pairs: null });
    expect(made.row().delta_pct).toBeGreaterThan(50);
  });

  it('that asks something else than its parent is refused', async () => {
    made.write({
      'configs/asks.yaml': 'description: x\nparent: scripted.yaml\nworkload: { max_tokens: 4 }\n',
    });
    const ended = await made.bench('run', 'configs/asks.yaml');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('ask different things');
  });
});

describe('a pair of arms', () => {
  it('whose files are edited meanwhile is void, never a keep', async () => {
    const made = await bench();
    const started = made.start({}, 'run', 'configs/faster.yaml');
    await started.says(/pair 1 of 6, baseline: measuring/);
    made.write({ 'faster.json': '{"ttftMs":60,"itlMs":40}' });
    expect((await started.ended).code).toBe(5);
    expect(made.row()).toMatchObject({
      status: 'discard',
      reason: 'invalid:inputs-changed',
      delta_pct: null,
    });
  });

  it('is warmed up alike, whatever the files say', async () => {
    const made = await bench();
    made.write({
      'configs/warm.yaml':
        'description: warmed longer\nparent: scripted.yaml\nwarmup: 7\nset: { --script: faster.json }\n',
    });
    await made.bench('run', 'configs/warm.yaml', '--pairs', '1');
    const warmed = [1, 2].map(
      (launch) =>
        readFileSync(join(made.bundle(), `launches/${launch}/warmup.jsonl`), 'utf8')
          .trimEnd()
          .split('\n').length,
    );
    expect(Math.min(...warmed)).toBeGreaterThanOrEqual(8);
  });
});

describe('a guard', () => {
  let made: Workbench;
  beforeAll(async () => {
    made = await bench();
    made.write({
      'configs/garbage.yaml':
        'description: fast garbage\nparent: scripted.yaml\nset: { --script: garbage.json }\ngroups: { pace: [--script] }\nguard: { outputs: same }\n',
      'configs/fails.yaml':
        'description: fails at times\nparent: scripted.yaml\nset: { --script: "faster.json,fails.json" }\ngroups: { pace: [--script] }\n',
      'garbage.json': '{"ttftMs":60,"itlMs":60,"texts":["no "]}',
      'fails.json': '{"ttftMs":60,"itlMs":60,"fault":{"after":1,"kind":"close"}}',
    });
  });

  it('sees that a fast engine answers with garbage', async () => {
    const ended = await made.bench('run', 'configs/garbage.yaml');
    expect(ended.code).toBe(0);
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'guard:outputs' });
    expect(comparisonOf(made).outputs).toMatchObject({ compared: 3, same: 0 });
    expect(comparisonOf(made).outputs.diverged[0]).toMatchObject({ atChar: 0 });
    expect(ended.stdout).toContain('0 of 3 queries answered as the baseline did');
  });

  it('sees queries that fail in the candidate alone, and drops them from both arms', async () => {
    const ended = await made.bench('run', 'configs/fails.yaml');
    expect(ended.code).toBe(0);
    expect(made.row()).toMatchObject({ status: 'discard', reason: 'guard:errors' });
    expect(made.row().errors).toBeGreaterThan(0);
    expect(comparisonOf(made).pairs[0]?.failed.length).toBeGreaterThan(0);
    expect(ended.stdout).toContain('queries that failed in an arm');
  });
});

describe('pairs that are cut off', () => {
  it('go on with what was finished, and leave no row of their own', async () => {
    const made = await bench();
    const started = made.start({}, 'run', 'configs/faster.yaml');
    await started.says(/pair 3 of 6, candidate: warming up/);
    process.kill(started.pid, 'SIGKILL');
    await started.ended;
    const [cut] = made.bundles();
    const ended = await made.bench('run', 'configs/faster.yaml', '--resume');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain(`going on with ${cut}: 2 finished pairs and one launch`);
    expect(comparisonOf(made).pairs.length).toBeGreaterThanOrEqual(4);
    expect(made.row()).toMatchObject({ status: 'keep', reason: 'better' });
    const fixed = await made.bench('ledger', 'fix');
    expect(fixed.stdout).toContain('Nothing to mend');
    expect(processesOf(made.root)).toEqual([]);
  });

  it('are refused when the fingerprint is another one', async () => {
    const made = await bench();
    const started = made.start({}, 'run', 'configs/faster.yaml');
    await started.says(/pair 2 of 6, baseline: warming up/);
    process.kill(started.pid, 'SIGKILL');
    await started.ended;
    const path = `.bench_runs/${made.bundles()[0]}/run.json`;
    made.write({
      [path]: made
        .read(path)
        .replace(/"fingerprint": "\w+",(\s+"harness")/, '"fingerprint": "000000000000",$1'),
    });
    const ended = await made.bench('run', 'configs/faster.yaml', '--resume');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('the fingerprint was 000000000000');
    expect(made.rows()).toHaveLength(0);
  });

  it('are not judged by a rule that was chosen after them', async () => {
    const made = await bench();
    const started = made.start({}, 'run', 'configs/faster.yaml');
    await started.says(/pair 2 of 6, baseline: warming up/);
    started.signal('SIGINT');
    await started.ended;
    const ended = await made.bench('run', 'configs/faster.yaml', '--resume', '--metric', 'ttft_ms');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('it was judged by another rule');
  });

  it('end as interrupted by Ctrl-C, with the baseline that was measured', async () => {
    const made = await bench();
    const started = made.start({}, 'run', 'configs/faster.yaml');
    await started.says(/pair 2 of 6, candidate: warming up/);
    started.signal('SIGINT');
    expect((await started.ended).code).toBe(130);
    expect(made.row()).toMatchObject({ status: 'discard', reason: expect.stringMatching(/^interrupted/) });
    expect(made.rows()[0]).toMatchObject({ status: 'keep', reason: 'baseline', launches: 1 });
    expect(processesOf(made.root)).toEqual([]);
    const resumed = await made.bench('run', 'configs/faster.yaml', '--resume');
    expect(resumed.stderr).toMatch(/going on with \S+: 1 finished pair/);
    expect(made.row()).toMatchObject({ status: 'keep', reason: 'better' });
  });

  it('of a calibration go on too, and never make a row', async () => {
    const made = await bench();
    const started = made.start({}, 'calibrate', 'configs/scripted.yaml', '--quads', '2');
    await started.says(/pair 2 of 4, baseline: warming up/);
    process.kill(started.pid, 'SIGKILL');
    await started.ended;
    expect((await made.bench('ledger', 'fix')).stdout).toContain('Nothing to mend');
    const ended = await made.bench('calibrate', 'configs/scripted.yaml', '--quads', '2', '--resume');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/going on with \S+: 1 finished pair/);
    expect(made.rows()).toHaveLength(0);
  });

  it('cannot be gone on with when there are none', async () => {
    const made = await bench();
    const ended = await made.bench('run', 'configs/faster.yaml', '--resume');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('no cut off run');
    expect(existsSync(join(made.root, 'bench_results.tsv'))).toBe(false);
  });
});

describe('two pairs at once on one machine', () => {
  it('are refused, and --wait queues', async () => {
    const made = await bench();
    const first = made.start({}, 'run', 'configs/faster.yaml', '--pairs', '4');
    await first.says(/pair 1 of 4, baseline/);
    const refused = await made.bench('run', 'configs/slower.yaml');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('bench run configs/faster.yaml');
    const second = made.start({}, 'run', 'configs/slower.yaml', '--wait');
    await second.says('waiting for pid');
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
    expect(made.rows().map(({ config }) => config)).toEqual([
      'configs/scripted.yaml',
      'configs/faster.yaml',
      'configs/slower.yaml',
    ]);
  });
});

describe('a calibration', () => {
  it('is committed, used by later pairs, resumed, and expires with a word', {
    timeout: 240_000,
  }, async () => {
    const made = await bench();
    const ended = await made.bench('calibrate', 'configs/scripted.yaml', '--quads', '2');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('floor of decode_tok_s');
    const [name = ''] = readdirSync(join(made.root, 'results/calibration')).filter((one) =>
      one.includes('decode'),
    );
    expect(name).toMatch(/^[0-9a-f]{12}-custom-scripted-decode_tok_s\.json$/);
    expect(made.git('status', '--porcelain')).not.toContain('calibration');
    expect(made.rows()).toHaveLength(0);
    await made.bench('run', 'configs/faster.yaml');
    expect(made.row()).toMatchObject({ reason: 'better' });
    expect(comparisonOf(made)).toMatchObject({ calibration: `results/calibration/${name}` });
    const path = `results/calibration/${name}`;
    made.write({ [path]: made.read(path).replace(/"createdAt": "\d{4}/, '"createdAt": "2020') });
    const late = await made.bench('run', 'configs/slower.yaml', '--pairs', '4');
    expect(late.stderr).toMatch(/the calibration does not count, it is over \d+ days old/);
    expect(comparisonOf(made).floorFrom).not.toBe('calibration');
    rmSync(join(made.root, 'results/calibration'), { recursive: true });
  });
});
