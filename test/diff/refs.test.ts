import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type DiffReport, diffRuns } from '../../src/diff.ts';
import { openArchive } from '../../src/diff-archive.ts';
import { readExperiment } from '../../src/diff-experiment.ts';
import { BenchError } from '../../src/errors.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { diffText } from '../../src/report/diff-text.ts';
import { gitEnv, makeRepo, sh, tempDir, write } from '../ledger/repository.ts';
import { comparisonOf, requestsOf, type SampleRun, sampleRun, writeArchive, yaml } from './archive.ts';

const silent = { write: () => true };
const worldAt = (cwd: string, env = gitEnv) => ({ cwd, env, stdout: silent, stderr: silent });

async function compare(root: string, a: string, b: string, env = gitEnv): Promise<DiffReport> {
  const { comparisons } = await diffRuns(a, b, null, worldAt(root, env));
  const [report] = comparisons;
  if (report === undefined) throw new Error('no comparison');
  return report;
}

async function refusal(root: string, a: string, b: string): Promise<BenchError> {
  const error: unknown = await diffRuns(a, b, null, worldAt(root)).catch((caught: unknown) => caught);
  if (!(error instanceof BenchError)) throw new Error(`not refused: ${a} ${b}`);
  return error;
}

const child = 'description: two threads\nparent: base.yaml\nset: { -t: "2" }\n';

let template: { readonly root: string; readonly runs: readonly SampleRun[] };

/** A repository whose parent changed after the child was measured; the ledger holds both children and both parents. */
beforeAll(async () => {
  const root = makeRepo(
    {
      'configs/base.yaml': yaml(['-t', '1', '-c', '4096']),
      'configs/child.yaml': child,
      'queries/q.csv': 'id,prompt\na,Name three rivers.\n',
    },
    realpathSync(mkdtempSync(join(tmpdir(), 'bench-diff-'))),
  );
  const before = await measured(root, 1);
  write(root, { 'configs/base.yaml': yaml(['-t', '1', '-c', '8192']) });
  sh(root, 'commit', '-aqm', 'a longer context');
  const runs = [...before, ...(await measured(root, 3))];
  writeArchive(root, runs);
  sh(root, 'add', '-A');
  sh(root, 'commit', '-qm', 'rows');
  template = { root, runs };
});

/** A copy of it. */
function history(): { root: string; runs: readonly SampleRun[] } {
  const root = tempDir('bench-diff-');
  cpSync(template.root, root, { recursive: true });
  return { root, runs: template.runs };
}

/** A row of the parent and one of the child, as the files are now. */
async function measured(root: string, iter: number): Promise<SampleRun[]> {
  const archive = await openArchive(worldAt(root));
  const text = (path: string) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  });
  const run = async (at: number, path: string, parent: SampleRun | null): Promise<SampleRun> => {
    const read = await readExperiment(archive, path, null);
    const sources = [
      text(path),
      ...(path === 'configs/base.yaml' ? [] : [text('configs/base.yaml')]),
    ] as const;
    return sampleRun(at, sources as never, requestsOf(1 + at / 100), {
      row: {
        exp_id: read?.experiment.expId ?? null,
        parent: parent?.row.run_id ?? null,
        config_sha: sh(root, 'rev-parse', `HEAD:${path}`),
        commit: sh(root, 'rev-parse', 'HEAD'),
      },
    });
  };
  const base = await run(iter, 'configs/base.yaml', null);
  return [base, await run(iter + 1, 'configs/child.yaml', base)];
}

test.each([
  ['iter-1', 'iter-2'],
  ['1', '2'],
  ['20261111T', '20261112T'],
  ['results/20261111T071500Z-00000001.json', 'results/20261112T071500Z-00000002.json'],
  ['iter-1', '.bench_runs/20261112T071500Z-00000002'],
])('%s and %s are rows', async (a, b) => {
  const { root } = history();
  write(root, { '.bench_runs/20261112T071500Z-00000002/run.json': '{}' });
  const report = await compare(root, a, b);
  expect([report.a.name, report.b.name]).toEqual(['iter-1', 'iter-2']);
  expect(report.knobs?.map(({ name }) => name)).toEqual(['-t']);
});

test('an experiment file is its newest row, by what it means now', async () => {
  const { root } = history();
  const report = await compare(root, 'iter-1', 'configs/child.yaml');
  expect(report.b.row?.iter).toBe(4);
  expect(report.b.notes).toContain('configs/child.yaml is iter-4.');
  expect(report.knobs?.map(({ name }) => name)).toEqual(['-t', '-c']);
});

test('REV:path is the experiment of that commit, with the parents of that commit', async () => {
  const { root } = history();
  const report = await compare(root, 'HEAD~2:configs/child.yaml', 'HEAD:configs/child.yaml');
  // The text of the child is the same in both; only by its parent it is another experiment.
  expect([report.a.row?.iter, report.b.row?.iter]).toEqual([2, 4]);
  expect(report.knobs).toEqual([{ name: '-c', leaves: [{ name: '-c', before: '4096', after: '8192' }] }]);
});

test('a revision that nobody measured is compared by its knobs, parents as they were', async () => {
  const { root } = history();
  write(root, { 'configs/child.yaml': child.replace('"2"', '"3"') });
  sh(root, 'commit', '-aqm', 'three');
  write(root, { 'configs/base.yaml': yaml(['-t', '1', '-c', '99']) });
  sh(root, 'commit', '-aqm', 'a short context');
  const report = await compare(root, 'HEAD~1:configs/child.yaml', 'HEAD:configs/child.yaml');
  expect([report.a.row, report.b.row]).toEqual([null, null]);
  expect(report.knobs).toEqual([{ name: '-c', leaves: [{ name: '-c', before: '8192', after: '99' }] }]);
  expect(report.metrics).toEqual([]);
});

test('a path of REV may be written from where one is', async () => {
  const { root } = history();
  const report = await compare(join(root, 'configs'), 'HEAD:./child.yaml', 'iter-2');
  expect(report.a.row?.iter).toBe(4);
});

test('a file without a row says which row measured another text of it', async () => {
  const { root } = history();
  write(root, { 'configs/child.yaml': child.replace('"2"', '"7"') });
  const report = await compare(root, 'iter-3', 'configs/child.yaml');
  expect(report.b.row).toBeNull();
  expect(report.b.notes[0]).toBe(
    'No row is of configs/child.yaml as it is now. iter-4 measured another text of it.',
  );
  expect(report.knobs).toEqual([{ name: '-t', leaves: [{ name: '-t', before: '1', after: '7' }] }]);
  expect(report.path).toHaveLength(1);
});

test('a file with a variable that is not set is the row of it all the same', async () => {
  const { root } = history();
  const text = `${yaml(['-t', '1', '--dir', '$MODELS/x'])}`;
  write(root, { 'configs/base.yaml': text });
  const archive = await openArchive(worldAt(root));
  const here = await readExperiment(archive, 'configs/base.yaml', null);
  const there = await openArchive(worldAt(root, { ...gitEnv, MODELS: '/models' }));
  const set = await readExperiment(there, 'configs/base.yaml', null);
  expect(here?.experiment.expId).toBe(set?.experiment.expId);
  expect(here?.experiment.expId).not.toBeNull();
  const values = here?.experiment.values.map(({ value }) => value);
  expect(values).toContain('$MODELS/x');
});

test('latest, best and baseline are of the other side', async () => {
  const { root, runs } = history();
  const other = sampleRun(9, [{ path: 'configs/base.yaml', text: yaml([]) }], requestsOf(9), {
    row: { model: 'another@0123456789ab' },
  });
  writeArchive(root, [...runs, other]);
  const report = await compare(root, 'baseline', 'iter-4');
  expect(report.a.row?.iter).toBe(1);
  expect((await compare(root, 'iter-1', 'best')).b.row?.iter).toBe(4);
  expect((await compare(root, 'iter-1', 'latest')).b.row?.iter).toBe(9);
});

test('a row that a person marked has the record of the row it stands for', async () => {
  const { root, runs } = history();
  const [, judged] = runs;
  if (judged === undefined) throw new Error('no run');
  const marked = {
    ...judged.row,
    iter: 8,
    run_id: '20261201T000000Z-00000008',
    supersedes: judged.row.run_id,
  };
  const rows = [...runs.map(({ row }) => row), marked];
  write(root, { 'bench_results.tsv': `${[header, ...rows.map((row) => encodeRow(row))].join('\n')}\n` });
  const report = await compare(root, 'iter-1', 'iter-8');
  expect(report.b.record?.runId).toBe(judged.row.run_id);
  expect(report.metrics.find(({ metric }) => metric === 'ttft_ms')?.b).not.toBeNull();
});

test('in a fresh clone without bundles everything is there', async () => {
  const { root } = history();
  const clone = join(tempDir(), 'clone');
  sh(root, 'clone', '-q', root, clone);
  const [here, there] = [await compare(root, 'iter-1', 'iter-4'), await compare(clone, 'iter-1', 'iter-4')];
  const usual = { color: false, columns: 80, all: true };
  const text = diffText({ comparisons: [there], unmatched: [] }, usual);
  expect(text).toBe(diffText({ comparisons: [here], unmatched: [] }, usual));
  expect(text).toContain('unpaired');
});

test('an experiment that its record had no room for is read from its commit', async () => {
  const { root, runs } = history();
  writeArchive(
    root,
    runs.map((run) => ({ ...run, record: { ...run.record, experiment: null } })),
  );
  const report = await compare(root, 'iter-1', 'iter-4');
  expect(report.knobs?.map(({ name }) => name)).toEqual(['-t', '-c']);
});

test('without its record a row still has its cells', async () => {
  const { root, runs } = history();
  writeArchive(root, runs);
  rmSync(join(root, 'results'), { recursive: true });
  const report = await compare(root, 'iter-1', 'iter-4');
  expect(report.metrics.map(({ metric }) => metric)).toEqual(['decode_tok_s']);
  expect(report.others?.from).toBe('rows');
  expect(report.knobs?.map(({ name }) => name)).toEqual(['-t', '-c']);
});

test('pairs against the same experiment, relaunched, are pairs with its row', async () => {
  const { root, runs } = history();
  const [base, judged] = runs;
  if (base === undefined || judged === undefined) throw new Error('no run');
  const fresh = { ...base.row, run_id: '20261201T000000Z-00000001' };
  const record = { ...judged.record, comparison: comparisonOf(fresh, [0.04, 0.041, 0.039, 0.04]) as never };
  writeArchive(root, [base, { ...judged, record }]);
  const report = await compare(root, 'iter-1', 'iter-2');
  expect(report.paired).toMatchObject({ isRelaunched: true, isTurned: false, pairs: 4 });
  expect((await compare(root, 'iter-2', 'iter-1')).paired).toMatchObject({ isTurned: true });
});

test.each<[string, 'discard' | 'crash', string]>([
  ['invalid:client-late', 'discard', 'iter-2 is void (invalid:client-late)'],
  ['oom-load', 'crash', 'iter-2 crashed (oom-load): it has no numbers to compare'],
  ['noop', 'discard', 'iter-2 was not launched (noop): it has no numbers to compare'],
])('%s is void: neither its pairs nor its numbers are set against others', async (reason, status, told) => {
  const { root, runs } = history();
  const [base, judged] = runs;
  if (base === undefined || judged === undefined) throw new Error('no run');
  const comparison = comparisonOf(base.row, [0.04, 0.041, 0.039, 0.04]);
  const row = { ...judged.row, status, reason };
  writeArchive(root, [base, { row, record: { ...judged.record, comparison: comparison as never } }]);
  const report = await compare(root, 'iter-1', 'iter-2');
  expect(report.voids).toEqual([told]);
  expect(report.paired).toBeNull();
  expect(report.metrics.every(({ change }) => change === null)).toBe(true);
});

test.each([
  ['iter-99', 'iter-1', /No row of bench_results.tsv is "iter-99"/],
  ['configs/none.yaml', 'iter-1', /configs\/none.yaml is not there/],
  ['results/none.json', 'iter-1', /results\/none.json is not there/],
  ['HEAD:configs/none.yaml', 'iter-1', /is not in commit/],
  ['nowhere:configs/base.yaml', 'iter-1', /git knows no commit "nowhere"/],
  ['--all:configs/base.yaml', 'iter-1', /git knows no commit "--all"/],
  ['results', 'iter-1', /results is a folder of records, and iter-1 is not/],
  ['results', 'configs', /holds no record/],
  ['queries/q.csv', 'iter-1', /queries\/q.csv is not JSON/],
])('%s is refused with exit 2', async (a, b, words) => {
  const { root } = history();
  const error = await refusal(root, a, b);
  expect(error.exitCode).toBe(2);
  expect(error.message).toMatch(words);
  expect(error.hint).not.toBe('');
});
