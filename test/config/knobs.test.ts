import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../src/config/flags.ts';
import { complexity, knobs } from '../../src/config/knobs.ts';
import { load } from './files.ts';

const text = `description: d
engine: vllm
cmd: vllm
args: [serve, org/m, --max-num-seqs, 64, --kv=fp8, --eager, --tag, a, --tag, b, --spec, '{"method": "eagle3", "n": {"k": 3}, "on": true, "l": [1]}', --bad, "{x"]
env: { PATH: /bin, HOME: /h, VLLM_USE_V1: 1, HF_HOME: /c, TRITON_CACHE_DIR: /c, T: { secret: $T } }
venv: { path: v, lock: l.txt }
files: [e.yaml, n.txt]
`;
const files = { 'x.yaml': text, 'l.txt': '', 'e.yaml': '', 'n.txt': '' };
const fileTexts = { 'e.yaml': 'kv: { free: 0.9, dtype: fp8 }\nx: [1]\n' };

describe('knobs', () => {
  it('are the leaves of all that reaches the engine', async () => {
    const { experiment } = await load(files, { env: { T: 'hunter2' } });
    const found = knobs(experiment, fileTexts).map(({ kind, name, value }) => [kind, name, value].join(' '));
    expect(found).toEqual([
      'engine engine vllm',
      'command cmd vllm',
      'positional args[1] serve',
      'positional args[2] org/m',
      'flag --max-num-seqs 64',
      'flag --kv fp8',
      'flag --eager true',
      'flag --tag a,b',
      'flag --spec.method eagle3',
      'flag --spec.n.k 3',
      'flag --spec.on true',
      'flag --spec.l.0 1',
      'flag --bad {x',
      'env env.PATH /bin',
      'env env.HOME /h',
      'env env.VLLM_USE_V1 1',
      'env env.HF_HOME /c',
      'env env.TRITON_CACHE_DIR /c',
      'env env.T secret',
      'file e.yaml:kv.free 0.9',
      'file e.yaml:kv.dtype fp8',
      'file e.yaml:x.0 1',
      'file n.txt ',
      'lock lock l.txt',
    ]);
  });

  it('cost one each but for what makes no deviation', async () => {
    const { experiment } = await load(files, { env: { T: 'x' } });
    expect(complexity(experiment)).toBe(9 + 1 + 2);
    expect(complexity(experiment, { fileTexts })).toBe(9 + 1 + 3 + 1);
    expect(complexity(experiment, { defaults: { '--max-num-seqs': '64', '--kv': 'auto' } })).toBe(8 + 1 + 2);
  });

  it('of the model are free', async () => {
    const file = 'description: d\nengine: llamacpp\ncmd: s\nargs: [-m, a.gguf, --alias, a, -t, 1]\n';
    expect(complexity((await load({ 'x.yaml': file, 'a.gguf': '' })).experiment)).toBe(1);
  });
});

describe('a command line', () => {
  it.each<[string, string[], string[]]>([
    ['positional words and flags', ['serve', 'm', '--a', 'b'], ['serve', 'm', '--a=b']],
    ['a flag alone at the end and before another', ['--x', '--y'], ['--x', '--y']],
    ['= in the value', ['--a=b=c', '--d='], ['--a=b=c', '--d=']],
    ['negative numbers and a dash', ['--a', '-1', '--b', '-', '-.5'], ['--a=-1', '--b=-', '-.5']],
    ['repeats', ['-a', '1', '-a', '2'], ['-a=1', '-a=2']],
    ['what follows --', ['--a', '--', '--b', 'c'], ['--a', '--', '--b', 'c']],
    ['empty words', ['', '--a', ''], ['', '--a=']],
    ['nothing', [], []],
  ])('with %s', (_, words, expected) => {
    const shown = parseFlags(words).map(({ flag, value }) =>
      flag === null ? value : value === null ? flag : `${flag}=${value}`,
    );
    expect(shown).toEqual(expected);
  });

  it('is covered by its pieces, once', () => {
    const words = ['a', '--b', 'c', '--d=e', '--', 'f'];
    const pieces = parseFlags(words);
    expect(pieces.flatMap(({ start, end }) => words.slice(start, end))).toEqual(words);
  });
});
