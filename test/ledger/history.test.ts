import { expect, test } from 'vitest';
import { blobId } from '../../src/ledger/blob-id.ts';
import { readTexts, whereKept } from '../../src/ledger/history.ts';
import { makeRepo, open, sh, write } from './repository.ts';

const gone = 'f'.repeat(40);
const yaml = 'engine: vllm\n';
const config_sha = blobId(yaml);

function commit(root: string, files: Record<string, string>): string {
  write(root, files);
  sh(root, 'add', '-A');
  sh(root, 'commit', '-q', '-m', 'more');
  return sh(root, 'rev-parse', 'HEAD');
}

test('of several commits the oldest with the file at the own path', async () => {
  const root = makeRepo();
  const elsewhere = commit(root, { 'other.yaml': yaml });
  const first = commit(root, { 'configs/a.yaml': yaml });
  commit(root, { 'configs/a.yaml': 'engine: sglang\n' });
  commit(root, { 'configs/a.yaml': yaml });
  expect(
    await whereKept(await open(root), [
      { commit: gone, config: 'configs/a.yaml', config_sha },
      { commit: null, config: 'configs/a.yaml', config_sha },
      { commit: gone, config: 'configs/renamed.yaml', config_sha },
      { commit: first, config: 'configs/a.yaml', config_sha },
      { commit: elsewhere, config: 'configs/a.yaml', config_sha },
      { commit: first, config: 'configs/a.yaml', config_sha: null },
    ]),
  ).toEqual([
    { in: 'other', commit: first, path: 'configs/a.yaml' },
    { in: 'other', commit: first, path: 'configs/a.yaml' },
    { in: 'other', commit: elsewhere, path: 'other.yaml' },
    { in: 'commit' },
    { in: 'wrong' },
    { in: 'commit' },
  ]);
});

test('a file on any branch is found, under any name, and one that a merge brought', async () => {
  const root = makeRepo({ a: '1\n' });
  sh(root, 'switch', '-q', '-c', 'side');
  const side = commit(root, { 'größe und\tmehr.yaml': yaml, a: 'side\n' });
  sh(root, 'switch', '-q', 'main');
  commit(root, { a: 'main\n' });
  expect(() => sh(root, 'merge', '-q', 'side')).toThrow();
  const merge = commit(root, { a: 'merged\n' });
  sh(root, 'switch', '-q', '-c', 'empty', 'main~1');
  const rows = [
    { commit: gone, config: 'größe und\tmehr.yaml', config_sha },
    { commit: gone, config: 'a', config_sha: blobId('merged\n') },
  ];
  expect(await whereKept(await open(root), rows)).toEqual([
    { in: 'other', commit: side, path: 'größe und\tmehr.yaml' },
    { in: 'other', commit: merge, path: 'a' },
  ]);
});

test('many files are found as few are', async () => {
  const root = makeRepo();
  const texts = Array.from({ length: 60 }, (_, at) => `n: ${at}\n`);
  const commits = texts.map((text, at) => commit(root, { [`configs/${at % 7}.yaml`]: text }));
  const rows = texts.map((text, at) => ({
    commit: gone,
    config: `configs/${at % 7}.yaml`,
    config_sha: blobId(text),
  }));
  const repo = await open(root);
  const expected = rows.map(({ config: path }, at) => ({ in: 'other', commit: commits[at], path }));
  expect(await whereKept(repo, rows)).toEqual(expected);
  expect(await whereKept(repo, rows.slice(0, 3))).toEqual(expected.slice(0, 3));
}, 30_000);

test('a blob in no commit is among the objects, and one that git never had is nowhere; so it is before the first commit', async () => {
  const root = makeRepo(null);
  write(root, { 'a.yaml': yaml });
  sh(root, 'hash-object', '-w', 'a.yaml');
  const rows = [
    { commit: gone, config: 'a.yaml', config_sha },
    { commit: gone, config: 'a.yaml', config_sha: gone },
    { commit: null, config: null, config_sha: null },
  ];
  expect(await whereKept(await open(root), rows)).toEqual([
    { in: 'objects' },
    { in: 'nothing' },
    { in: 'nothing' },
  ]);
});

test('texts come back whole, whatever they hold, and those that are not there are left out', async () => {
  const root = makeRepo({ 'a.yaml': 'größe: 1\n\n', 'b.yaml': '', 'c.yaml': `${'x'.repeat(100_000)}\n` });
  const names = ['HEAD:b.yaml', 'HEAD:a.yaml', 'HEAD:no.yaml', gone, 'HEAD:c.yaml', 'HEAD:a\n.yaml'];
  expect(await readTexts(await open(root), names)).toEqual(
    new Map([
      ['HEAD:b.yaml', ''],
      ['HEAD:a.yaml', 'größe: 1\n\n'],
      ['HEAD:c.yaml', `${'x'.repeat(100_000)}\n`],
    ]),
  );
});
