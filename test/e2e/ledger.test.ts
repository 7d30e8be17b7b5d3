import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import type { Ended } from './child.ts';
import { startChild } from './child.ts';
import { type Workbench, workbench } from './workbench.ts';

const child = `parent: scripted.yaml
description: the same with another seed
set: { --seed: "1" }
`;

/** A repository with two rows: an experiment and its child, each committed by `bench run` on the branch `tune`. */
let original: Workbench;

beforeAll(async () => {
  original = await workbench();
  original.git('add', 'pace.json', 'queries');
  original.git('commit', '-q', '-m', 'the files of the experiment');
  original.git('switch', '-q', '-c', 'tune');
  expect((await original.bench('run', 'configs/scripted.yaml')).code).toBe(0);
  original.write({ 'configs/child.yaml': child });
  expect((await original.bench('run', 'configs/child.yaml', '--provisional')).code).toBe(0);
}, 120_000);

/** A copy of that repository, with which anything may be done. */
interface Copy {
  readonly root: string;
  git(...args: string[]): string;
  bench(...args: string[]): Promise<Ended>;
  verify(): Promise<Verified>;
  rows(): Promise<Row[]>;
}

interface Verified {
  readonly code: number | null;
  readonly problems: readonly { readonly iter: number | null; readonly what: string }[];
  readonly notes: readonly { readonly iter: number | null; readonly todo: string }[];
  readonly resolved: Record<string, number>;
  readonly expIds: { readonly recomputed: number; readonly not: Record<string, number> };
}

function copy(): Copy {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-ledger-e2e-')));
  cpSync(original.root, root, { recursive: true });
  return at(root);
}

function at(root: string): Copy {
  const main = join(original.installed, 'dist/src/main.js');
  const bench = (...args: string[]): Promise<Ended> =>
    startChild([process.execPath, main, ...args], { cwd: root, env: original.env }).ended;
  return {
    root,
    bench,
    git: (...args) =>
      execFileSync('git', args, {
        cwd: root,
        env: { ...original.env, GIT_EDITOR: 'true' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim(),
    async verify() {
      const { code, stdout } = await bench('ledger', 'verify', '--json');
      return { code, ...(JSON.parse(stdout) as Omit<Verified, 'code'>) };
    },
    rows: async () => JSON.parse((await bench('ledger', 'list', '--json')).stdout) as Row[],
  };
}

/** Throws away whatever no branch holds, as time would. */
function collectGarbage(clone: Copy): void {
  clone.git('reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all');
  clone.git('gc', '-q', '--prune=now');
}

/** Every row resolves, `bench show` says where, and after `fix` the rows name commits that hold their YAML. */
async function expectMended(clone: Copy, places: Record<string, number>): Promise<void> {
  const before = await clone.verify();
  expect(before).toMatchObject({ code: 0, problems: [], expIds: { recomputed: 2 } });
  expect(before.resolved).toMatchObject(places);
  for (const name of ['iter-0', 'iter-1']) {
    const shown = JSON.parse((await clone.bench('show', name, '--json')).stdout);
    expect(shown.yaml.in).toMatch(/^(commit|other|record)$/);
  }
  const numbers = (rows: readonly Row[]): object[] => rows.map((row) => ({ ...row, commit: null }));
  const rows = await clone.rows();
  const fixed = JSON.parse((await clone.bench('ledger', 'fix', '--json')).stdout);
  const gone = (places['other-commit'] ?? 0) as number;
  expect(fixed.relinked).toHaveLength(gone);
  const after = await clone.rows();
  expect(numbers(after)).toEqual(numbers(rows));
  const still = await clone.verify();
  expect(still).toMatchObject({ code: 0, problems: [] });
  expect(still.resolved).toMatchObject({ 'other-commit': 0, commit: (places.commit ?? 0) + gone });
  for (const row of after.filter(({ run_id }) =>
    fixed.relinked.some((one: { runId: string }) => one.runId === run_id),
  ))
    expect(clone.git('rev-parse', `${row.commit}:${row.config}`)).toBe(row.config_sha);
  expect(clone.git('status', '--porcelain')).toBe('');
}

describe('every row still resolves', () => {
  it('as it is', async () => {
    const { code, resolved, expIds } = await at(original.root).verify();
    expect({ code, resolved, expIds }).toMatchObject({
      code: 0,
      resolved: { commit: 2 },
      expIds: { recomputed: 2 },
    });
  });

  it('after a rebase onto a main that moved', async () => {
    const clone = copy();
    clone.git('switch', '-q', 'main');
    clone.git('commit', '-q', '--allow-empty', '-m', 'main moves');
    clone.git('switch', '-q', 'tune');
    clone.git('rebase', '-q', 'main');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 2, commit: 0 });
  });

  it('after a rebase -i that squashes all into one', async () => {
    const clone = copy();
    execFileSync('git', ['rebase', '-q', '-i', 'main'], {
      cwd: clone.root,
      env: { ...original.env, GIT_SEQUENCE_EDITOR: "sed -i '2,$s/^pick/squash/'", GIT_EDITOR: 'true' },
    });
    expect(clone.git('rev-list', '--count', 'main..tune')).toBe('1');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 2, commit: 0 });
  });

  it('after a squash over two versions of a file, of which the older is in a record alone', async () => {
    const clone = copy();
    writeFileSync(join(clone.root, 'configs/child.yaml'), child.replace('another seed', 'one more seed'));
    clone.git('commit', '-q', '-am', 'another version');
    clone.git('reset', '-q', '--soft', 'main');
    clone.git('commit', '-q', '-m', 'all in one');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 1, record: 1, commit: 0 });
  });

  it('after merge --squash, as a pull request is merged', async () => {
    const clone = copy();
    clone.git('switch', '-q', 'main');
    clone.git('merge', '-q', '--squash', 'tune');
    clone.git('commit', '-q', '-m', 'tune, squashed');
    clone.git('branch', '-q', '-D', 'tune');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 2, commit: 0 });
  });

  it('after an amended commit', async () => {
    const clone = copy();
    clone.git('reset', '-q', '--soft', 'HEAD~2');
    clone.git('commit', '-q', '--amend', '-m', 'all of it again');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 1, commit: 1 });
  });

  it('after a cherry-pick to a branch that stays when the other goes', async () => {
    const clone = copy();
    clone.git('switch', '-q', 'main');
    clone.git('commit', '-q', '--allow-empty', '-m', 'main moves');
    clone.git('cherry-pick', 'main..tune');
    clone.git('branch', '-q', '-D', 'tune');
    collectGarbage(clone);
    await expectMended(clone, { 'other-commit': 2, commit: 0 });
  });

  it('after a reset and gc: the records still hold what git has lost', async () => {
    const clone = copy();
    const ledger = readFileSync(join(clone.root, 'bench_results.tsv'), 'utf8');
    clone.git('switch', '-q', '--detach');
    clone.git('branch', '-q', '-D', 'tune');
    clone.git('checkout', '-q', '--orphan', 'kept');
    clone.git('rm', '-q', '--cached', '-r', 'configs');
    rmSync(join(clone.root, 'configs'), { recursive: true });
    clone.git('commit', '-q', '-m', 'the ledger alone');
    collectGarbage(clone);
    expect(() => clone.git('cat-file', '-e', original.row().config_sha ?? '')).toThrow();
    expect(readFileSync(join(clone.root, 'bench_results.tsv'), 'utf8')).toBe(ledger);
    await expectMended(clone, { record: 2, commit: 0 });
    const shown = await clone.bench('show', 'iter-1');
    expect(shown.stdout).toMatch(/yaml +in no commit: its record has the text/);
  });

  it('in a clone of depth 1, in which fix links nothing anew', async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'bench-shallow-')));
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${original.root}`, root], {
      env: original.env,
    });
    const clone = at(root);
    const verified = await clone.verify();
    expect(verified).toMatchObject({ code: 0, problems: [], resolved: { 'other-commit': 2 } });
    expect(verified.notes[0]?.todo).toContain('git fetch --unshallow');
    expect(JSON.parse((await clone.bench('show', 'iter-0', '--json')).stdout).yaml.in).toBe('other');
    const fixed = JSON.parse((await clone.bench('ledger', 'fix', '--json')).stdout);
    expect(fixed).toMatchObject({ changed: false, relinked: [] });
    expect(fixed.problems[0]).toContain('shallow');
  });
});

/** Changes a file of a copy as a person with an editor would. */
function edit(clone: Copy, path: string, change: (text: string) => string): void {
  const file = join(clone.root, path);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

describe('verify says of each row what is wrong', () => {
  const runId = (): string => original.rows()[0]?.run_id ?? '';
  const record = (): string => `results/${runId()}.json`;

  it.each<[string, (clone: Copy) => void, RegExp[]]>([
    [
      'a number that was changed in the ledger',
      (clone) =>
        edit(clone, 'bench_results.tsv', (text) => text.replace('\tdecode_tok_s\t', '\tdecode_tok_s\t7')),
      [/^value is .* in the row and .* in its record$/, /^value is .* in the summary of its record$/],
    ],
    [
      'a number that was changed in both',
      (clone) => {
        const value = String(original.rows()[0]?.value);
        edit(clone, 'bench_results.tsv', (text) => text.replace(`\t${value}\t`, '\t123.5\t'));
        edit(clone, record(), (text) =>
          text.replace(`"value":${value},"delta_pct"`, '"value":123.5,"delta_pct"'),
        );
      },
      [/^value is 123.5 in the row and .* in the summary of its record$/],
    ],
    ['a record that is gone', (clone) => rmSync(join(clone.root, record())), [/^its record is not there$/]],
    [
      'a record that breaks its schema',
      (clone) => edit(clone, record(), (text) => text.replace('"files":{', '"files":{"x":1,')),
      [/^its record breaks the schema at files.x/],
    ],
    ['a record that is no JSON', (clone) => writeFileSync(join(clone.root, record()), '{'), [/is not JSON$/]],
    [
      'a text of the experiment that was changed',
      (clone) => edit(clone, record(), (text) => text.replace('max_tokens: 3', 'max_tokens: 5')),
      [
        /^the text of configs\/scripted.yaml in its record is not the one/,
        /^its experiment is .*exp_id says/,
      ],
    ],
    [
      'an exp_id that was changed',
      (clone) => {
        const other = (text: string): string =>
          text.replace(original.rows()[0]?.exp_id ?? '?', 'aaaaaaaaaaaa');
        edit(clone, 'bench_results.tsv', other);
        edit(clone, record(), other);
      },
      [/^its experiment is .* and exp_id says aaaaaaaaaaaa$/],
    ],
    [
      'a row that is named and not there',
      (clone) => {
        const cells = (text: string): string =>
          text.replace(/\t\t([^\t\n]*)$/m, '\t20260101T000000Z-00000000\t$1');
        edit(clone, 'bench_results.tsv', (text) =>
          text
            .split('\n')
            .map((line, at) => (at === 1 ? cells(line) : line))
            .join('\n'),
        );
      },
      [/^supersedes is/, /^`supersedes` names 20260101T000000Z-00000000/],
    ],
    [
      'a config_sha that its commit does not hold',
      (clone) => {
        const other = (text: string): string =>
          text.replaceAll(original.rows()[0]?.config_sha ?? '?', original.rows()[1]?.config_sha ?? '?');
        edit(clone, 'bench_results.tsv', other);
      },
      [
        /^config_sha is .* in its record$/,
        /^config_sha is not the id/,
        /has another configs\/scripted.yaml than/,
      ],
    ],
    [
      'a line that is no row',
      (clone) => edit(clone, 'bench_results.tsv', (text) => `${text}iter-9\tnonsense\n`),
      [/line 4 cannot be read: has 2 cells/],
    ],
    [
      'a row that is there twice',
      (clone) => edit(clone, 'bench_results.tsv', (text) => `${text}${text.split('\n')[1]}\n`),
      [/^a second row of/],
    ],
  ])('%s', async (_, change, expected) => {
    const clone = copy();
    change(clone);
    const { code, problems } = await clone.verify();
    expect(code).toBe(5);
    expect(problems).toHaveLength(expected.length);
    for (const [at, { what }] of problems.entries()) expect(what).toMatch(expected[at] ?? /never/);
    const told = await clone.bench('ledger', 'verify');
    expect(told.code).toBe(5);
    expect(told.stdout).toMatch(/2 rows: \d problems?\.\n$|3 rows: 1 problem\.\n$/);
    for (const line of told.stdout.split('\n'))
      if (line.includes(' ')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('exp_id is computed again', () => {
  const records = (): string[] => original.rows().map(({ run_id }) => `results/${run_id}.json`);

  it("from git where an older bench's records hold no text, after a rebase too", async () => {
    const clone = copy();
    for (const path of records()) edit(clone, path, (text) => text.replace(/^"sources":.*\n/m, ''));
    expect(await clone.verify()).toMatchObject({ code: 0, expIds: { recomputed: 2, not: {} } });
    clone.git('commit', '-q', '-am', 'older records');
    clone.git('switch', '-q', 'main');
    clone.git('commit', '-q', '--allow-empty', '-m', 'main moves');
    clone.git('rebase', '-q', 'main', 'tune');
    collectGarbage(clone);
    expect(await clone.verify()).toMatchObject({ code: 0, expIds: { recomputed: 2, not: {} } });
  });

  it('unless a secret was taken out of the text', async () => {
    const clone = copy();
    for (const path of records())
      edit(clone, path, (text) => text.replace('max_tokens: 3', 'max_tokens: [redacted 0123456789ab]'));
    expect(await clone.verify()).toMatchObject({
      code: 0,
      problems: [],
      expIds: { recomputed: 0, not: { 'a secret was taken out of its text': 2 } },
    });
  });
});

describe('mark', () => {
  it('puts a row with the same numbers in the place of another, commits it, and says so everywhere', async () => {
    const clone = copy();
    const marked = await clone.bench('mark', 'iter-0', 'discard', '--reason', 'another job\twas running');
    expect(marked).toMatchObject({ code: 0 });
    expect(marked.stdout).toContain('It stands in place of iter-0 (keep, baseline)');
    const [before, , row] = await clone.rows();
    expect(row).toMatchObject({
      iter: 2,
      status: 'discard',
      reason: 'marked:another job\twas running',
      supersedes: before?.run_id,
      value: before?.value,
      exp_id: before?.exp_id,
      commit: before?.commit,
    });
    expect(row?.run_id).not.toBe(before?.run_id);
    expect(clone.git('log', '-1', '--format=%s')).toMatch(
      /^bench: iter-2 .*discard marked:another job was running/,
    );
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(await clone.verify()).toMatchObject({ code: 0, problems: [] });

    const again = JSON.parse(
      (await clone.bench('mark', 'iter-0', 'keep', '--reason', 'it was not', '--json', '--no-commit')).stdout,
    );
    expect(again).toMatchObject({ supersedes: row?.run_id, commit: null, row: { iter: 3, status: 'keep' } });

    const listed = (await clone.bench('ledger', 'list')).stdout;
    expect(listed).toMatch(/^iter-0 .* now iter-2 /m);
    expect(listed).toMatch(/^iter-3 .* for iter-2 /m);
    expect((await clone.bench('ledger', 'list', '--current', '--json')).stdout).not.toContain('"iter": 2');
    const shown = await clone.bench('show', 'iter-2');
    expect(shown.stdout).toMatch(/corrects +iter-0 \(keep, baseline\)/);
    expect(shown.stdout).toMatch(/corrected by +iter-3 \(keep, marked:it was not\)/);
    edit(clone, 'bench_results.tsv', (text) => text.replace(/(\niter-3\t.*\tdecode_tok_s\t)/, '$17'));
    const { problems } = await clone.verify();
    expect(problems).toEqual([
      expect.objectContaining({ iter: 3, what: 'it marks iter-2 and has another value' }),
    ]);
  });

  it('refuses crashes, rows that are not there, words that are no decision, and silence', async () => {
    const clone = copy();
    edit(clone, 'bench_results.tsv', (text) => text.replace('\tkeep\tbaseline\t', '\tcrash\toom-load\t'));
    for (const [args, why] of [
      [['iter-0', 'keep', '--reason', 'x'], /iter-0 is a crash/],
      [['iter-9', 'keep', '--reason', 'x'], /No row of bench_results.tsv is "iter-9"/],
      [['iter-1', 'maybe', '--reason', 'x'], /keep, discard/],
      [['iter-1', 'keep'], /--reason/],
      [['iter-1', 'keep', '--reason', ' '], /--reason is empty/],
    ] as const) {
      const ended = await clone.bench('mark', ...args);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(why);
    }
    expect(await clone.rows()).toHaveLength(2);
  });

  it('of two at once the second stands for the first', async () => {
    const clone = copy();
    await Promise.all(
      ['a', 'b', 'c'].map((why) => clone.bench('mark', 'iter-0', 'keep', '--reason', why, '--no-commit')),
    );
    const rows = await clone.rows();
    expect(rows).toHaveLength(5);
    expect(rows.slice(2).map(({ supersedes }) => supersedes)).toEqual([
      rows[0]?.run_id,
      rows[2]?.run_id,
      rows[3]?.run_id,
    ]);
  });
});

describe('list', () => {
  it('filters, sorts and picks columns, as JSON, CSV and Markdown', async () => {
    const clone = at(original.root);
    const list = async (...args: string[]): Promise<string> =>
      (await clone.bench('ledger', 'list', ...args)).stdout;
    const iters = async (...args: string[]): Promise<number[]> =>
      (JSON.parse(await list('--json', ...args)) as Row[]).map(({ iter }) => iter);
    expect(await iters('--sort', '-iter')).toEqual([1, 0]);
    expect(await iters('--config', 'scripted', '--engine', 'custom', '--metric', 'decode_tok_s')).toEqual([
      0,
    ]);
    expect(await iters('--reason', 'base', '--since', '2020-01-01', '--current')).toEqual([0]);
    expect(await iters('--since', '2999-01-01T00:00')).toEqual([]);
    expect(JSON.parse(await list('--json', '--columns', 'iter,status', '--last', '1'))).toEqual([
      { iter: 1, status: original.rows()[1]?.status },
    ]);
    expect(await list('--csv', '--columns', 'iter,config')).toBe(
      'iter,config\r\niter-0,configs/scripted.yaml\r\niter-1,configs/child.yaml\r\n',
    );
    expect(await list('--markdown', '--columns', 'iter,config')).toBe(
      '| iter | config |\n| --- | --- |\n| iter-0 | configs/scripted.yaml |\n| iter-1 | configs/child.yaml |\n',
    );
    expect(await list('--columns', 'iter,config')).toMatch(/^iter +config\niter-0 +configs\/scripted.yaml\n/);
    expect(await list('--engine', 'vllm')).toBe('No row of the ledger matches.\n');
  });

  it.each([
    [['--columns', 'iter,speed'], /no column "speed"/],
    [['--sort', '-speed'], /no column "speed"/],
    [['--since', 'yesterday'], /"yesterday" is not a date/],
    [['--since', '2026-13-45'], /is not a date/],
    [['--json', '--csv'], /cannot be used with/],
  ])('%j is refused with what would do', async (args, why) => {
    const ended = await at(original.root).bench('ledger', 'list', ...args);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(why);
  });
});

describe('export and board', () => {
  it('write what was measured', async () => {
    const clone = at(original.root);
    const [row] = original.rows();
    const tsv = await clone.bench('ledger', 'export', '--format', 'karpathy');
    expect(tsv.stdout).toContain(
      `${row?.commit?.slice(0, 7)}\t${row?.value?.toFixed(6)}\t\tkeep\ta scripted engine\n`,
    );
    const text = await clone.bench('ledger', 'export', '--format', 'benchstat', '--metric', 'decode_tok_s');
    expect(text.stdout).toContain(`BenchmarkQueries 1 ${row?.value} tok/s\n`);
    const csv = await clone.bench('ledger', 'export', '--format', 'csv');
    expect(csv.stdout.split('\r\n')).toHaveLength(4);
    const board = await clone.bench('ledger', 'board');
    expect(board.stdout).toMatch(/custom +\? +[\d.]+ +baseline +iter-0/);
    const { platforms } = JSON.parse((await clone.bench('ledger', 'board', '--json')).stdout);
    expect(platforms[0].engines[0].row.run_id).toBe(row?.run_id);
  });

  it('of two metrics results.tsv must be told one', async () => {
    const clone = copy();
    edit(clone, 'bench_results.tsv', (text) => text.replace('\tdecode_tok_s\t', '\tttft_ms\t'));
    const ended = await clone.bench('ledger', 'export', '--format', 'karpathy');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('--metric ttft_ms');
  });
});
