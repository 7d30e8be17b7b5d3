import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ended } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** Runs a query for each case of the scripted engine; '' is one that goes well. */
async function runCases(
  cases: readonly string[],
  options: Parameters<typeof experiment>[1] = {},
): Promise<{ bench: Workbench; ended: Ended }> {
  const bench = await workbench();
  const rows = cases.map((name, at) => `q${at},${name === '' ? '' : `[[case:${name}]] `}question ${at}`);
  bench.write({
    'queries/q.csv': `id,prompt\n${rows.join('\n')}\n`,
    'configs/scripted.yaml': experiment(bench.installed, options),
  });
  return { bench, ended: await bench.bench('run', 'configs/scripted.yaml') };
}

function outcomes(bench: Workbench): Record<string, string> {
  const lines = readFileSync(join(bench.bundle(), 'launches/1/requests.jsonl'), 'utf8').trimEnd().split('\n');
  const requests = lines.map((line) => JSON.parse(line) as { query: string; outcome: string });
  return Object.fromEntries(requests.map(({ query, outcome }) => [query, outcome]));
}

describe.concurrent('requests that fail', () => {
  it('are named by what happened, never counted as answers, and void the run above 20 %', async () => {
    const cases = ['C9', 'C9-garbage', 'C9-close', 'C9-503', 'empty', 'never-answers', ''];
    const { bench, ended } = await runCases(cases, { more: 'request_timeout: 2s' });
    expect(ended.code).toBe(5);
    expect(outcomes(bench)).toEqual({
      q0: 'error-frame',
      q1: 'bad-frame',
      q2: 'truncated',
      q3: 'http-error',
      q4: 'empty',
      q5: 'timeout',
      q6: 'ok',
    });
    expect(bench.row()).toMatchObject({
      status: 'discard',
      reason: 'invalid:errors',
      errors: 6,
      value: null,
      n: null,
    });
    expect(ended.stdout).toContain('error-frame');
    expect(bench.git('status', '--porcelain')).toBe('');
  });

  it('are counted up to 20 %, and the rest is measured', async () => {
    const { bench, ended } = await runCases(['C9', '', '', '', '']);
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ status: 'keep', reason: 'baseline', errors: 1, n: 4 });
    expect(bench.row().value).not.toBeNull();
    expect(ended.stdout).toMatch(/1 of 5|error-frame/);
  });
});

describe.concurrent('an engine that is up but never answers is given up after three requests more', () => {
  it('and row, record and screen say how many of how many were asked, and why no more', async () => {
    const { bench, ended } = await runCases(['', '', '', '', ''], {
      args: ['--script', 'never-answers'],
      more: 'request_timeout: 1s',
    });
    expect(ended.code).toBe(5);
    expect(Object.values(outcomes(bench))).toEqual(['timeout', 'timeout', 'timeout']);
    expect(bench.row()).toMatchObject({
      reason: 'invalid:errors: 3 of 5 requests asked, then given up',
      findings: expect.arrayContaining(['given-up', 'warm-up-errors']),
      errors: 3,
      value: null,
    });
    const finding = {
      code: 'given-up',
      text: expect.stringMatching(/^Launch 1: 3 of 5 requests asked, gave up because all of them failed/),
    };
    expect(bench.record()).toMatchObject({
      summary: { requests: 3, planned: 5, failed: 3, findings: expect.arrayContaining([finding]) },
    });
    expect(ended.stdout).toMatch(/^ {2}planned +5 requests, of which 3 were asked$/m);
    expect(ended.stdout).toContain('given-up');
    const shown = await bench.bench('show', 'iter-0');
    expect(shown.stdout).toMatch(/3 of 5 requests\s+asked/);
  });

  it('which voids the run, and ends it, also where the failures alone would not', async () => {
    const bench = await workbench();
    const wrapper = `import { existsSync, writeFileSync } from 'node:fs';
const isSecond = existsSync('../second');
writeFileSync('../second', '');
const [engine] = process.argv.splice(2, 1);
if (isSecond) process.argv.push('--script', 'C9');
await import(engine);
`;
    const rows = Array.from({ length: 12 }, (_, at) => `q${at},question ${at}\n`);
    bench.write({
      'second-fails.mjs': wrapper,
      'queries/q.csv': `id,prompt\n${rows.join('')}`,
      'configs/scripted.yaml': experiment(bench.installed, { more: 'launches: 3' }).replace(
        'args: [',
        'args: ["second-fails.mjs",',
      ),
    });
    expect(await bench.bench('run', 'configs/scripted.yaml')).toMatchObject({ code: 5 });
    expect(bench.row()).toMatchObject({
      reason: 'invalid:errors: 15 of 36 requests asked, then given up',
      errors: 3,
      launches: 2,
      value: null,
    });
    const { summary } = bench.record() as { summary: { findings: { code: string; text: string }[] } };
    expect(summary.findings.find(({ code }) => code === 'given-up')?.text).toMatch(/^Launch 2: 3 of 12 /);
  });
});

describe.concurrent('a measurement that says something else than it seems', () => {
  it('is invalid when the prefix cache was used in spite of cache: cold', async () => {
    const bench = await workbench();
    bench.write({ 'pace.json': '{"ttftMs":10,"itlMs":100,"cachedTokens":3}' });
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(ended.code).toBe(5);
    expect(bench.row()).toMatchObject({ status: 'discard', reason: 'invalid:cache-reused', value: null });
  });

  it('but not when the file says cache: warm', async () => {
    const bench = await workbench();
    bench.write({
      'pace.json': '{"ttftMs":10,"itlMs":100,"cachedTokens":3}',
      'configs/scripted.yaml': experiment(bench.installed, { workload: ', cache: warm' }),
    });
    const ended = await bench.bench('run', 'configs/scripted.yaml');
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ status: 'keep' });
    expect(bench.row().findings).not.toContain('cache-unverified');
  });

  it('has the finding config-changed when the file was edited meanwhile, and the edit is not committed as what ran', async () => {
    const bench = await workbench();
    const run = bench.start({}, 'run', 'configs/scripted.yaml');
    await run.says('launch: warming up');
    const edited = bench.read('configs/scripted.yaml').replace('a scripted engine', 'something else');
    bench.write({ 'configs/scripted.yaml': edited });
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    expect(bench.row()).toMatchObject({ commit: null, config_sha: null, description: 'a scripted engine' });
    expect(bench.row().findings).toContain('config-changed');
    expect(bench.git('show', '--format=', '--name-only', 'HEAD')).not.toContain('configs/');
    expect(bench.git('status', '--porcelain', '-uall').split('\n')).toContain('?? configs/scripted.yaml');
  });
});
