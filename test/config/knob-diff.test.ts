import { describe, expect, it } from 'vitest';
import { knobDifferences, startsTheSame } from '../../src/config/knob-diff.ts';
import { load } from './files.ts';

const parent =
  'description: p\nengine: vllm\ncmd: ./server\nargs: [serve, m, --a, "1", --b]\nenv: { X: "1" }\n';

async function changed(child: string): Promise<string[]> {
  const files = { 'p.yaml': parent, 'x.yaml': `description: c\nparent: p.yaml\n${child}` };
  const before = await load({ 'x.yaml': parent });
  const after = await load(files);
  return knobDifferences(before.experiment, after.experiment).map(({ name, leaves }) => {
    return [name, ...leaves.map((leaf) => `${leaf.before} -> ${leaf.after}`)].join(' ');
  });
}

describe('what differs between two experiments', () => {
  it.each([
    ['', []],
    ['workload: { max_tokens: 3 }', []],
    ['set: { --a: "2" }', ['--a 1 -> 2']],
    ['unset: [--b, X]', ['--b true -> null', 'env.X 1 -> null']],
    ['set: { --c: true }', ['--c null -> true']],
    ['set: { --j: \'{"k": 1, "l": {"m": 2}}\' }', ['--j.k null -> 1', '--j.l.m null -> 2']],
    [
      'set: { --j: \'{"k": 1, "l": {"m": 2}}\', --a: "2" }\ngroups: { draft: [--j, --unused] }',
      ['--a 1 -> 2', 'draft null -> 1 null -> 2'],
    ],
    ['shell: [env, MODE=fast]', ['shell null -> ["env","MODE=fast"]']],
    [
      'prepare: [{ run: [make], makes: out }]',
      ['prepare null -> [{"inputs":[],"makes":"out","run":["make"]}]'],
    ],
  ])('%j: %o', async (child, differences) => {
    expect(await changed(child)).toEqual(differences);
  });

  it('is told of the folders that it is started in and from', () => {
    const subject = { engine: 'custom', cmd: 'x', args: [], env: {}, files: [], secretEnv: [], groups: {} };
    const [before, after] = [
      { ...subject, cwd: '.' },
      { ...subject, cwd: 'sub', venv: { path: 'v' } },
    ];
    const found = knobDifferences(before as never, after as never);
    expect(found.map(({ name }) => name)).toEqual(['cwd', 'venv']);
  });

  it('is told of secrets by the variable they come from, never by a value', () => {
    const subject = {
      engine: 'custom',
      cmd: 'x',
      args: [],
      files: [],
      secretEnv: ['KEY'],
      groups: {},
    } as const;
    const of = (value: string) => ({ ...subject, image: undefined, venv: undefined, env: { KEY: value } });
    const found = (a: string, b: string) => knobDifferences(of(a) as never, of(b) as never);
    expect(found('$A', '$A')).toEqual([]);
    expect(found('$A', '$B')[0]?.leaves).toEqual([
      { name: 'env.KEY', before: 'secret $A', after: 'secret $B' },
    ]);
    expect(found('value-a', 'value-b')).toEqual([]);
  });

  it('is told key by key of files that a flag names', async () => {
    const child = 'description: c\nparent: p.yaml\nset: { --a: fast.json }\n';
    const before = await load({ 'x.yaml': parent.replace('"1"', 'slow.json') });
    const after = await load({ 'p.yaml': parent.replace('"1"', 'slow.json'), 'x.yaml': child });
    const texts = {
      before: { 'slow.json': '{"kv": {"free": 0.9}, "n": 1}' },
      after: { 'fast.json': '{"kv": {"free": 0.8}, "n": 1}' },
    };
    const named = knobDifferences(before.experiment, after.experiment, texts).map(({ leaves }) => leaves);
    expect(named).toEqual([[{ name: '--a:kv.free', before: '0.9', after: '0.8' }]]);
    const other = { ...texts, after: { 'fast.json': '{"kv": {"free": 0.8}, "n": 2}' } };
    expect(knobDifferences(before.experiment, after.experiment, other)).toHaveLength(2);
  });
});

describe('a child starts the same as its parent', () => {
  it.each([
    ['', true],
    ['workload: { max_tokens: 3 }', true],
    ['launches: 3', true],
    ['set: { --a: "1" }', true],
    ['args: [serve, m, --b, --a, "1"]', true],
    ['args: [serve, m, --a, "1", --b, "true"]', false],
    ['set: { --a: "2" }', false],
    ['env: { X: "2" }', false],
    ['env: { Y: "1" }', false],
    ['model: other', false],
    ['cmd: [./server, again]', false],
  ])('%j: %s', async (child, isSame) => {
    const files = { 'p.yaml': parent, 'x.yaml': `description: c\nparent: p.yaml\n${child}` };
    const [before, after] = [await load({ 'x.yaml': parent }), await load(files)];
    expect(startsTheSame(before.experiment, after.experiment)).toBe(isSame);
  });
});
