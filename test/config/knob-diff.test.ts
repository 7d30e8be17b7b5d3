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
  ])('%j: %o', async (child, differences) => {
    expect(await changed(child)).toEqual(differences);
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
