import { expect, test } from 'vitest';
import { main } from '../../src/main.ts';
import { comparisonOf, requestsOf, sampleRun, writeArchive, yaml } from '../diff/archive.ts';
import { gitEnv, tempDir } from '../ledger/repository.ts';

const base = sampleRun(1, [{ path: 'configs/a.yaml', text: yaml(['-t', '1']) }], requestsOf(1));
const other = sampleRun(2, [{ path: 'configs/b.yaml', text: yaml(['-t', '2']) }], requestsOf(1.04), {
  row: { parent: base.row.run_id, reason: 'better' },
  comparison: comparisonOf(base.row, [0.04, 0.041, 0.039, 0.04]),
});

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const root = tempDir('bench-diff-');
  writeArchive(root, [base, other]);
  const said = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  const world = { cwd: root, env: gitEnv, stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await main(['diff', ...args], world);
  return { code, ...said };
}

test('help has examples, and lines of 80 columns at most', async () => {
  const { code, stdout } = await bench('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('bench diff HEAD~3:configs/x.yaml configs/x.yaml');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('text is for people, 80 columns without a terminal, no colours', async () => {
  const { code, stdout, stderr } = await bench('iter-1', 'iter-2');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^BETTER {2}decode \+4\.1 %/m);
  expect(stdout).not.toContain('\u001b');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('JSON holds all of it, under names that stay', async () => {
  const { code, stdout } = await bench('iter-1', 'iter-2', '--json');
  const document = JSON.parse(stdout) as { comparisons: Record<string, unknown>[] };
  expect(code).toBe(0);
  expect(Object.keys(document)).toEqual(['schemaVersion', 'comparisons', 'unmatched']);
  expect(Object.keys(document.comparisons[0] ?? {})).toEqual([
    ...['a', 'b', 'comparable', 'paired', 'apartMs', 'knobs', 'path', 'otherChanges', 'metrics'],
    ...['recall', 'queries'],
    'outputs',
  ]);
});

test('--metric tells of the queries by another metric; the verdict stays', async () => {
  const { stdout } = await bench('iter-1', 'iter-2', '--metric', 'ttft_ms', '--json');
  const { comparisons } = JSON.parse(stdout) as { comparisons: { paired: object; queries: object | null }[] };
  expect(comparisons[0]?.paired).toMatchObject({ metric: 'decode_tok_s' });
  expect((await bench('iter-1', 'iter-2', '--metric', 'speed')).stderr).toMatch(
    /does not know "speed"[\s\S]*ttft_ms/,
  );
});

test('markdown has a table and fits a comment', async () => {
  const { stdout } = await bench('iter-1', 'iter-2', '--markdown');
  expect(stdout).toMatch(/^### iter-1 → iter-2\n/);
  expect(stdout).toContain('| decode ↑ | ');
  expect(stdout.length).toBeLessThan(65_536);
});

test('--all shows every query', async () => {
  const { stdout } = await bench('iter-1', 'iter-2', '--all');
  for (let query = 1; query <= 12; query += 1) expect(stdout).toContain(`  q${query} `);
});

test.each([
  [['iter-1', 'iter-9'], 2, /No row/],
  [['iter-1'], 2, /missing required argument 'b'/],
  [['iter-1', 'iter-2', '--json', '--markdown'], 2, /cannot be used with/],
  [['iter-1', 'iter-2', '--rerun'], 2, /is not here|There is no|does not say what was run/],
])('%s exits %i', async (args, expected, words) => {
  const { code, stdout, stderr } = await bench(...args);
  expect(code).toBe(expected);
  // With --json an error is JSON on stdout as well.
  expect(stderr).toMatch(words);
  expect(stdout === '' || 'error' in (JSON.parse(stdout) as object)).toBe(true);
});

test('whatever the numbers are, it exits 0 when it could show them', async () => {
  expect((await bench('iter-2', 'iter-1')).code).toBe(0);
});
