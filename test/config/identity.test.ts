import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expId, namedFiles } from '../../src/config/identity.ts';
import { load } from './files.ts';

type Value = string | number | boolean | Value[] | { [key: string]: Value };

const base: { [key: string]: Value } = {
  description: 'one',
  engine: 'vllm',
  cmd: '$HOME/vllm',
  args: ['serve', 'm', '--max-num-seqs', '64'],
  env: { PATH: '$HOME/bin', A: 'a', T: { secret: '$TOKEN' } },
  workload: { limit: 5, rounds: 2, sampling: { temperature: 0.5, seed: 1 } },
};
const env = { HOME: '.', TOKEN: 'x' };
/** Where the commands of these experiments lie: `$HOME/vllm` for each home used here, `$$HOME/vllm`. */
const commands = { vllm: '', 'sub/vllm': '', '$HOME/vllm': '', 'hunter2/vllm': '' };

/** The id of a file written as JSON, which is YAML. */
async function idOf(
  file: Value,
  options: { env?: NodeJS.ProcessEnv; hashes?: Record<string, string> } = {},
): Promise<string> {
  return expId(
    await load({ ...commands, 'x.yaml': JSON.stringify(file) }, { env: options.env ?? env }),
    options.hashes ?? {},
  );
}

/** The same value with the keys of every map in an order that `rank` decides. */
function shuffled(value: Value, rank: (key: string) => number): Value {
  if (Array.isArray(value) || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries.map(([key, member]) => [key, shuffled(member, rank)]));
}

describe('exp_id', () => {
  it('is 12 hex digits that never change for a file', async () => {
    expect(await idOf(base)).toBe('5f9ac6a23014');
  });

  it('does not depend on the order of keys, the description or the values of variables', async () => {
    const expected = await idOf(base);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
        fc.constantFrom('.', 'sub', 'sub/..'),
        fc.string(),
        async (ranks, home, text) => {
          const file = shuffled(
            { ...base, description: `d ${text}` },
            (key) => ranks[key.length + (key.charCodeAt(0) % 3)] ?? 0,
          );
          expect(await idOf(file, { env: { HOME: home, TOKEN: text } })).toBe(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each<[string, { [key: string]: Value }]>([
    ['a timeout', { ready_timeout: '1m', request_timeout: '1m', stop_grace: '1s' }],
    ['warm-up', { warmup: 9 }],
    ['the judge', { judge: { metric: 'ttft_ms', pairs: 4 } }],
    [
      'a default that is written out',
      { launches: 1, keep_outputs: false, cwd: '.', files: [], guard: { errors: 0, ttft_ms: '5%' } },
    ],
    [
      'a default inside a map',
      { workload: { limit: 5, rounds: 2, cache: 'cold', sampling: { temperature: 0.5, seed: 1, top_p: 1 } } },
    ],
    ['braces around a variable', { cmd: ['$', '{HOME}/vllm'].join('') }],
    ['cmd as a list', { cmd: ['$HOME/vllm', 'serve'], args: ['m', '--max-num-seqs', 64] }],
  ])('does not depend on %s', async (_, change) => {
    expect(await idOf({ ...base, ...change })).toBe(await idOf(base));
  });

  it.each<[string, { [key: string]: Value }]>([
    ['an argument', { args: ['serve', 'm', '--max-num-seqs', '65'] }],
    ['the order of arguments', { args: ['serve', 'm', '64', '--max-num-seqs'] }],
    ['a variable', { env: { PATH: '$HOME/bin', A: 'b', T: { secret: '$TOKEN' } } }],
    ['a value instead of a variable', { cmd: './vllm' }],
    ['an escaped dollar', { cmd: '$$HOME/vllm' }],
    ['a secret that becomes plain', { env: { PATH: '$HOME/bin', A: 'a', T: '$TOKEN' } }],
    ['the engine', { engine: 'sglang' }],
    ['the workload', { workload: { limit: 6, rounds: 2, sampling: { temperature: 0.5, seed: 1 } } }],
    ['the sampling', { workload: { limit: 5, rounds: 2, sampling: { temperature: 0.5, seed: 2 } } }],
    ['a venv', { venv: 'v' }],
    ['the folder', { cwd: 'sub' }],
  ])('depends on %s', async (_, change) => {
    expect(await idOf({ ...base, ...change })).not.toBe(await idOf(base));
  });

  it('depends on the hash of a tracked file', async () => {
    const hash = 'a'.repeat(64);
    const ids = [
      await idOf(base),
      await idOf(base, { hashes: { q: hash } }),
      await idOf(base, { hashes: { q: hash.replace('a', 'b') } }),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('is that of the flat file, whatever the parents', async () => {
    const parent =
      'description: p\nengine: vllm\ncmd: $HOME/vllm\nargs: [serve, m, --max-num-seqs, 1, --eager]\nenv: { A: z, PATH: $HOME/bin, T: { secret: $TOKEN } }\n';
    const child = (seqs: number) =>
      `# a comment\nparent: p.yaml\ndescription: c # and another\nset: { --max-num-seqs: ${seqs} }\nunset: [--eager]\nenv: { A: a }\nworkload:\n  sampling: { seed: 1, temperature: 0.5 }\n  rounds: 2\n  limit: 5\n`;
    const id = async (text: string, above = parent) =>
      expId(await load({ ...commands, 'p.yaml': above, 'x.yaml': text }, { env }), {});
    expect(await id(child(64))).toBe(await idOf(base));
    expect(await id(child(65))).not.toBe(await idOf(base));
    expect(await id(child(64), parent.replace('serve', 'run'))).not.toBe(await idOf(base));
  });

  it('never holds a secret or what a variable holds', async () => {
    const loaded = await load(
      { ...commands, 'x.yaml': JSON.stringify(base) },
      { env: { HOME: 'hunter2', TOKEN: 'hunter3' } },
    );
    expect(JSON.stringify(loaded.symbolic)).not.toContain('hunter');
  });
});

it('the files an experiment names are found, also in arguments', async () => {
  const text = `description: d
engine: llamacpp
cmd: ./s
venv: { path: v, lock: l.txt }
args: [-m, models/a.gguf, --lora=$REPO_ROOT/b.bin, --json, '{"a": 1.5}', -f, $SITE_PACKAGES/c.x, --url, "http://a/b.c"]
files: [f.yaml]
prepare: [{ run: [a], makes: m, inputs: [i.py] }]
`;
  const { experiment } = await load({
    'x.yaml': text,
    'l.txt': '',
    'f.yaml': '',
    'models/a.gguf': '',
    'b.bin': '',
  });
  expect(namedFiles(experiment)).toEqual([
    'queries/queries.csv',
    'l.txt',
    'f.yaml',
    'i.py',
    'models/a.gguf',
    'b.bin',
  ]);
});
