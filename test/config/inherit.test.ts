import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from './files.ts';

const parent = `description: p
engine: vllm
cmd: vllm
args: [serve, m, -O3, --max-num-seqs, 64, --kv=auto, --tag, a, --tag, b, --eager]
env: { A: a, B: b }
workload: { limit: 5, sampling: { temperature: 0.5 } }
`;

async function argsOf(child: string, base = parent): Promise<string[]> {
  return (await load({ 'p.yaml': base, 'x.yaml': `description: c\nparent: p.yaml\n${child}` })).experiment
    .args;
}

const rest = [
  'serve',
  'm',
  '-O3',
  '--max-num-seqs',
  '64',
  '--kv=auto',
  '--tag',
  'a',
  '--tag',
  'b',
  '--eager',
];

describe('set and unset', () => {
  it.each([
    ['a value in its place', 'set: { --max-num-seqs: 128 }', rest.with(4, '128')],
    ['a value as it was written', 'set: { --max-num-seqs: 1.50 }', rest.with(4, '1.50')],
    ['the form with =', 'set: { --kv: fp8 }', rest.with(5, '--kv=fp8')],
    ['a number in the form with =', 'set: { --kv: 8 }', rest.with(5, '--kv=8')],
    ['all of a repeated flag', 'set: { --tag: c }', [...rest.slice(0, 7), 'c', '--eager']],
    [
      'a repeated flag by a list',
      'set: { --tag: [c, d, e] }',
      [...rest.slice(0, 7), 'c', '--tag', 'd', '--tag', 'e', '--eager'],
    ],
    ['a new flag last', 'set: { --new: x }', [...rest, '--new', 'x']],
    ['a new flag alone', 'set: { --new: true }', [...rest, '--new']],
    ['the text true', 'set: { --new: "true" }', [...rest, '--new', 'true']],
    ['a flag that is gone', 'unset: [--eager]', rest.slice(0, -1)],
    ['a flag and its value', 'unset: [--max-num-seqs]', [...rest.slice(0, 3), ...rest.slice(5)]],
    ['every repetition', 'unset: [--tag]', [...rest.slice(0, 6), '--eager']],
    ['a flag with =', 'unset: [--kv]', rest.toSpliced(5, 1)],
    ['a short flag', 'unset: [-O3]', rest.toSpliced(2, 1)],
    ['both', 'set: { --new: x }\nunset: [--tag]', [...rest.slice(0, 6), '--eager', '--new', 'x']],
    ['a list that replaces all', 'args: [serve, other]', ['serve', 'other']],
  ])('%s', async (_, child, expected) => {
    expect(await argsOf(`${child}\n`)).toEqual(expected);
  });

  it('reaches the words of cmd', async () => {
    const base = 'description: p\nengine: llamacpp\ncmd: [./server, -t, 1]\nargs: [-c, 10]\n';
    expect(await argsOf('set: { -t: 2, -c: 20 }\n', base)).toEqual(['-t', '2', '-c', '20']);
    expect(await argsOf('unset: [-t]\n', base)).toEqual(['-c', '10']);
  });

  it('drops a variable', async () => {
    const { experiment } = await load({
      'p.yaml': parent,
      'x.yaml': 'description: c\nparent: p.yaml\nunset: [B]\n',
    });
    expect(experiment.env).toEqual({ A: 'a' });
  });

  it('changes one flag and nothing else, whatever else there is', async () => {
    const flag = fc.stringMatching(/^--[a-z]{1,6}$/);
    const value = fc.stringMatching(/^[a-z0-9.]{1,6}$/);
    const flags = fc.uniqueArray(fc.tuple(flag, fc.option(value)), {
      minLength: 1,
      maxLength: 6,
      selector: ([name]) => name,
    });
    await fc.assert(
      fc.asyncProperty(
        flags.filter((all) => all.every(([name]) => !/^--(?:host|port)$/.test(name))),
        fc.nat(),
        value,
        async (all, which, changed) => {
          const words = all.map(([name, given]) => (given === null ? [name] : [name, given]));
          const base = `description: p\nengine: vllm\ncmd: x\nargs: ${JSON.stringify(words.flat())}\n`;
          const index = which % all.length;
          const name = all[index]?.[0] ?? '';
          expect(await argsOf(`set: { ${name}: ${JSON.stringify(changed)} }\n`, base)).toEqual(
            words.with(index, [name, changed]).flat(),
          );
          expect(await argsOf(`unset: [${name}]\n`, base)).toEqual(words.toSpliced(index, 1).flat());
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('inheritance', () => {
  it('merges maps by key, replaces scalars, leaves the description behind', async () => {
    const child =
      'description: c\nparent: p.yaml\nenv: { B: bb, C: c }\nworkload: { rounds: 2, sampling: { seed: 7 } }\n';
    const { experiment } = await load({ 'p.yaml': parent, 'x.yaml': child });
    expect(experiment.description).toBe('c');
    expect(experiment.env).toEqual({ A: 'a', B: 'bb', C: 'c' });
    expect(experiment.workload).toMatchObject({
      limit: 5,
      rounds: 2,
      sampling: { temperature: 0.5, top_p: 1, seed: 7 },
    });
  });

  it('goes through generations and folders; origins name the file that decided', async () => {
    const files = {
      'base/g.yaml': parent,
      'base/p.yaml': 'description: m\nparent: g.yaml\nset: { --max-num-seqs: 128 }\nwarmup: 5\n',
      'x.yaml': 'description: c\nparent: base/p.yaml\nset: { --kv: fp8 }\nenv: { A: aa }\n',
    };
    const { experiment, origins, parents } = await load(files);
    expect(experiment.args).toEqual(rest.with(4, '128').with(5, '--kv=fp8'));
    expect(parents).toEqual(['base/p.yaml', 'base/g.yaml']);
    const shown = ['args.4', 'args.5', 'env.A', 'env.B', 'warmup', 'launches'].map((path) =>
      origins.get(path),
    );
    expect(shown).toEqual([
      'base/p.yaml:3',
      'x.yaml:3',
      'x.yaml:4',
      'base/g.yaml:5',
      'base/p.yaml:4',
      'default',
    ]);
  });

  it('merges any two flat environments as objects merge', async () => {
    const env = fc.dictionary(
      fc.stringMatching(/^[A-D]$/),
      fc.stringMatching(/^[a-z $]{0,5}$/).map((text) => text.replaceAll('$', '$$$$')),
    );
    await fc.assert(
      fc.asyncProperty(env, env, async (below, above) => {
        const base = `description: p\nengine: vllm\ncmd: x\nenv: ${JSON.stringify(below)}\n`;
        const child = `description: c\nparent: p.yaml\nenv: ${JSON.stringify(above)}\n`;
        expect((await load({ 'p.yaml': base, 'x.yaml': child })).experiment.env).toEqual({
          ...below,
          ...above,
        });
      }),
      { numRuns: 25 },
    );
  });
});
