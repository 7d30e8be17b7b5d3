import { expect, test } from 'vitest';
import { type DiffReport, diffRuns } from '../../src/diff.ts';
import type { Row } from '../../src/ledger/row.ts';
import { gitEnv, makeRepo, tempDir } from '../ledger/repository.ts';
import { requestsOf, type SampleRun, sampleRun, writeArchive, yaml } from './archive.ts';

const silent = { write: () => true };

async function compare(root: string, a: string, b: string): Promise<DiffReport> {
  const world = { cwd: root, env: gitEnv, stdout: silent, stderr: silent };
  const [report] = (await diffRuns(a, b, null, world)).comparisons;
  if (report === undefined) throw new Error('no comparison');
  return report;
}

function archive(...runs: SampleRun[]): string {
  const root = tempDir('bench-diff-');
  writeArchive(root, runs);
  return root;
}

const base = { path: 'configs/base.yaml', text: yaml(['-t', '1']) };
const two = { path: 'configs/two.yaml', text: 'description: two\nparent: base.yaml\nset: { -t: "2" }\n' };
const flash = {
  path: 'configs/flash.yaml',
  text: 'description: flash\nparent: two.yaml\nset: { -fa: "on" }\n',
};

const run = (iter: number, sources: Parameters<typeof sampleRun>[1], row: Partial<Row> = {}): SampleRun =>
  sampleRun(iter, sources, requestsOf(1 + iter / 100), { row });
const judgedBy = (parent: SampleRun, pct: number): Partial<Row> => ({
  ...{ parent: parent.row.run_id, reason: 'better', pairs: 4 },
  ...{ delta_pct: pct, ci_lo_pct: pct - 1, ci_hi_pct: pct + 1 },
});

test('a baseline that was measured afresh is found by what it is', async () => {
  const first = run(1, [base]);
  const second = run(2, [two, base], judgedBy(first, 4));
  // The parent of the next child was launched anew, as a row of its own that names no parent.
  const again = run(3, [two, base], { reason: 'repeat', status: null });
  const third = run(4, [flash, two, base], judgedBy(again, 2));
  const { path } = await compare(archive(first, second, again, third), 'iter-1', 'iter-4');
  expect(path?.map(({ from, to, measured }) => [from, to, measured?.effect.pct])).toEqual([
    ['iter-1', 'iter-3', 4],
    ['iter-3', 'iter-4', 2],
  ]);
  expect(path?.map(({ knobs }) => knobs?.map(({ name }) => name))).toEqual([['-t'], ['-fa']]);
});

test('where rows name no parent, files do; nothing is said to be measured', async () => {
  const runs = [run(1, [base]), run(2, [two, base]), run(3, [flash, two, base])];
  const { path } = await compare(archive(...runs), 'iter-1', 'iter-3');
  expect(path?.map(({ to, measured }) => [to, measured])).toEqual([
    ['iter-2', null],
    ['iter-3', null],
  ]);
});

test('files alone have a path too', async () => {
  const root = makeRepo(Object.fromEntries([base, two, flash].map(({ path, text }) => [path, text])));
  const { path, knobs } = await compare(root, 'configs/base.yaml', 'configs/flash.yaml');
  expect(path?.map(({ from, to }) => [from, to])).toEqual([
    ['configs/base.yaml', 'configs/two.yaml'],
    ['configs/two.yaml', 'configs/flash.yaml'],
  ]);
  expect(knobs?.map(({ name }) => name)).toEqual(['-t', '-fa']);
});

test('siblings, and a parent from below, have no path but their knobs', async () => {
  const first = run(1, [base]);
  const other = {
    path: 'configs/other.yaml',
    text: 'description: other\nparent: base.yaml\nset: { -b: "9" }\n',
  };
  const root = archive(
    first,
    run(2, [two, base], judgedBy(first, 4)),
    run(3, [other, base], judgedBy(first, 1)),
  );
  const siblings = await compare(root, 'iter-2', 'iter-3');
  expect(siblings.path).toBeNull();
  expect(siblings.knobs?.map(({ name }) => name)).toEqual(['-t', '-b']);
  expect((await compare(root, 'iter-2', 'iter-1')).path).toBeNull();
});

test('rows that name each other as parents end the search', async () => {
  const [one, other] = [run(1, [two, base]), run(2, [flash, two, base])];
  const circle = [
    { ...one, row: { ...one.row, parent: other.row.run_id } },
    { ...other, row: { ...other.row, parent: one.row.run_id } },
  ];
  const root = archive(run(0, [base]), ...circle);
  expect((await compare(root, 'iter-0', 'iter-2')).path).toBeNull();
});

test('of a time that got shorter the step says so, in the way of the other numbers', async () => {
  const first = run(1, [base]);
  const second = run(2, [two, base], { ...judgedBy(first, 25), metric: 'ttft_ms' });
  const { path } = await compare(archive(first, second), 'iter-1', 'iter-2');
  expect(path?.[0]?.measured?.effect.pct).toBe(25);
  expect(path?.[0]?.measured?.change.pct).toBeCloseTo(-20, 9);
});
