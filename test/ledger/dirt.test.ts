import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Dirt, type DirtQuestion, findDirt, markDirty, refuseDirt } from '../../src/ledger/dirt.ts';
import { gitEnv, makeRepo, sh, tempDir, write } from './repository.ts';

function ask(question: Partial<DirtQuestion>): Promise<Dirt[]> {
  return findDirt({ env: gitEnv, sources: null, benchRoot: null, own: [], ledgerRoots: [], ...question });
}

async function shown(question: Partial<DirtQuestion>, root: string): Promise<string[]> {
  return (await ask(question)).map(
    ({ part, state, path }) => `${part} ${state} ${path.slice(root.length + 1)}`,
  );
}

const files = {
  'engine/main.py': 'a\n',
  'engine/deep/x.py': 'x\n',
  'engine/old.py': 'o\n',
  'README.md': 'r\n',
  '.gitignore': '*.o\n',
};

test('changed, staged, deleted and new files under the sources are dirt; others and ignored ones are not', async () => {
  const root = makeRepo(files);
  expect(await ask({ sources: join(root, 'engine') })).toEqual([]);
  write(root, {
    'engine/main.py': 'b\n',
    'engine/deep/x.py': 'y\n',
    'engine/new file.py': 'n\n',
    'engine/a.o': 'o',
    'README.md': 'changed\n',
  });
  sh(root, 'add', 'engine/deep/x.py');
  sh(root, 'rm', '-q', 'engine/old.py');
  expect((await shown({ sources: join(root, 'engine') }, root)).sort()).toEqual([
    'artifact  M engine/main.py',
    'artifact ?? engine/new file.py',
    'artifact D  engine/old.py',
    'artifact M  engine/deep/x.py',
  ]);
});

test('what the run commits itself, and the ledger with its records, is never dirt', async () => {
  const root = makeRepo(files);
  write(root, {
    'engine/a.yaml': 'y\n',
    'bench_results.tsv': 'l\n',
    'results/x.json': '{}',
    '.bench_runs/x/run.json': '{}',
    '.gitattributes': 'x\n',
  });
  expect(await ask({ sources: root, own: [join(root, 'engine/a.yaml')], ledgerRoots: [root] })).toEqual([]);
  expect(await ask({ sources: root })).toHaveLength(5);
});

test('sources in a repository of their own', async () => {
  const root = makeRepo(files);
  makeRepo({ 'a.c': 'a\n' }, join(root, 'engine/inner'));
  write(root, { 'engine/inner/a.c': 'b\n' });
  expect(await shown({ sources: join(root, 'engine/inner') }, root)).toEqual([
    'artifact  M engine/inner/a.c',
  ]);
});

test('a path with a newline, and a rename, are told as they are', async () => {
  const root = makeRepo(files);
  sh(root, 'mv', 'engine/main.py', 'engine/new\nname.py');
  expect((await shown({ sources: join(root, 'engine') }, root)).sort()).toEqual([
    'artifact A  engine/new\nname.py',
    'artifact D  engine/main.py',
  ]);
});

test('of bench itself only what it is made of counts', async () => {
  const root = makeRepo({
    'src/main.ts': 'a\n',
    'bin/bench': 'b\n',
    'configs/a.yaml': 'c\n',
    'package.json': '{}',
  });
  write(root, { 'configs/a.yaml': 'changed\n', 'notes.md': 'n\n' });
  expect(await ask({ benchRoot: root })).toEqual([]);
  write(root, { 'src/main.ts': 'changed\n' });
  expect(await shown({ benchRoot: root }, root)).toEqual(['harness  M src/main.ts']);
});

test('no git, no dirt', async () => {
  expect(
    await findDirt({
      env: { ...gitEnv, GIT_CEILING_DIRECTORIES: '/tmp' },
      sources: tempDir(),
      benchRoot: null,
      own: [],
      ledgerRoots: [],
    }),
  ).toEqual([]);
});

test('dirt is refused with exit 2 and named; allowed, it marks its own cell', () => {
  const dirt: Dirt[] = [{ part: 'harness', path: '/r/src/a.ts', state: ' M' }];
  expect(() => refuseDirt(dirt, '/r')).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(' M src/a.ts (bench itself)') }),
  );
  expect(() => refuseDirt([], '/r')).not.toThrow();
  expect(markDirty('0.1.0+abc', 'harness', dirt)).toBe('0.1.0+abc-dirty');
  expect(markDirty('bin:123', 'artifact', dirt)).toBe('bin:123');
  expect(markDirty(null, 'harness', dirt)).toBeNull();
});
