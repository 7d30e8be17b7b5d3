import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describe as describeExperiment } from '../../src/config/describe.ts';
import { missingEnvHints } from '../../src/config/hints.ts';
import { secretValues, substitute, unfilled, usesVariable } from '../../src/config/substitute.ts';
import { load } from './files.ts';

const head = 'description: costs $5 or $HOME\nengine: llamacpp\ncmd: $SITE_PACKAGES/bin/s\nvenv: v\n';
const root = { REPO_ROOT: '/r' };

describe('substitution', () => {
  it('fills the environment at once and leaves what bench knows later', async () => {
    const text = `${head}args: ["\${A}b", $A$A, "$$A", "a$", "$1", $REPO_ROOT/x, $PORT]\n`;
    const { experiment, origins } = await load({ 'x.yaml': text }, { env: { A: 'a' } });
    expect(experiment.args).toEqual(['ab', 'aa', '$$A', 'a$', '$1', '$REPO_ROOT/x', '$PORT']);
    expect(experiment.cmd).toBe('$SITE_PACKAGES/bin/s');
    expect(origins.get('args.0')).toBe('x.yaml:5, $A from the environment');
    expect(origins.get('cmd')).toBe('x.yaml:3');
  });

  it('ends with the call that brings the port; the description stays', async () => {
    const text = `${head}args: ["$$A", $REPO_ROOT/x, --p=$PORT]\nenv: { V: $VENV }\n`;
    const { experiment } = await load({ 'x.yaml': text });
    const early = substitute(experiment, { ...root, VENV: '/v', SITE_PACKAGES: '/s' });
    expect(early).toMatchObject({ cmd: '/s/bin/s', args: ['$$A', '/r/x', '--p=$PORT'], env: { V: '/v' } });
    const last = substitute(early, { ...root, PORT: '81' });
    expect(last.args).toEqual(['$A', '/r/x', '--p=81']);
    expect(last.description).toBe('costs $5 or $HOME');
  });

  it('refuses to end with a variable left', async () => {
    const { experiment } = await load({ 'x.yaml': head });
    expect(() => substitute(experiment, { ...root, PORT: '1' })).toThrow(
      'The variable $SITE_PACKAGES is not set: bench does not give it.',
    );
  });

  it('hands over any value of a variable exactly, dollars and all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('$', '{', '}', 'A', 'PORT', ' ', '\\', 'é'), { maxLength: 8 }),
        async (parts) => {
          const value = parts.join('');
          const { experiment } = await load(
            { 'x.yaml': `${head}env: { A: "<$A>", B: "\${A}$A" }\n` },
            { env: { A: value } },
          );
          const last = substitute(substitute(experiment, { ...root, SITE_PACKAGES: '/s' }), {
            ...root,
            PORT: '1',
          });
          expect(last.env).toEqual({ A: `<${value}>`, B: `${value}${value}` });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves all to the shell where the file names one', async () => {
    const text = `${head}shell: [nix, develop, .#x, -c]\nenv: { PATH: $PATH, T: { secret: $T } }\n`;
    const loaded = await load({ 'x.yaml': text }, { env: { PATH: '/wrong' } });
    expect(loaded.experiment.env).toEqual({ PATH: '$PATH', T: '$T' });
    expect(unfilled(loaded.experiment)).toEqual(['PATH', 'T']);
    expect(loaded.secrets).toEqual([]);
    const filled = substitute(loaded.experiment, { ...root, SITE_PACKAGES: '/s', PATH: '/nix', T: 's$cret' });
    expect(unfilled(filled)).toEqual([]);
    expect(secretValues(filled)).toEqual(['s$cret']);
    expect(() => substitute(loaded.experiment, { ...root, SITE_PACKAGES: '/s', PORT: '1' })).toThrow(
      '$PATH is not set: `nix develop .#x -c`',
    );
  });

  it('knows a port that the file places itself, and an escaped one', async () => {
    const uses = async (args: string) =>
      usesVariable((await load({ 'x.yaml': `${head}args: ${args}\n` })).experiment, 'PORT');
    expect(await uses('[--listen=$PORT]')).toBe(true);
    expect(await uses('[--listen=$$PORT]')).toBe(false);
  });
});

describe('what is shown', () => {
  it('never holds a secret, wherever its value stands', async () => {
    const text = `${head}args: [--key, $T, "x-$U-y"]\nenv: { T: { secret: $T }, U: { secret: "\${U}" }, C: $D }\nmodel: hunter2\n`;
    const env = { T: 'hunter2', U: 'hunter2-long', D: 'a hunter2 b' };
    const loaded = await load({ 'x.yaml': text }, { env });
    const shown = describeExperiment(loaded);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    const value = (path: string) => shown.values.find((each) => each.path === path)?.value;
    expect(value('env.T')).toBe('(secret) $T');
    expect(value('args.2')).toBe('x-(secret)-y');
    expect(value('env.C')).toBe('a (secret) b');
    expect(loaded.experiment.secretEnv).toEqual(['T', 'U']);
    expect(loaded.experiment.env.T).toBe('hunter2');
  });

  it('has every value with its origin, in the order of the schema', async () => {
    const { values, config } = describeExperiment(await load({ 'x.yaml': `${head}stop_grace: 2s\n` }));
    expect(config).toBe('x.yaml');
    expect(values.slice(0, 3)).toEqual([
      { path: 'description', value: 'costs $5 or $HOME', origin: 'x.yaml:1' },
      { path: 'engine', value: 'llamacpp', origin: 'x.yaml:2' },
      { path: 'cmd', value: '$SITE_PACKAGES/bin/s', origin: 'x.yaml:3' },
    ]);
    expect(values).toContainEqual({ path: 'stop_grace', value: '2s', origin: 'x.yaml:5' });
    expect(values).toContainEqual({ path: 'ready_timeout', value: '20m', origin: 'default' });
    expect(values).toContainEqual({ path: 'workload.sampling.temperature', value: 0, origin: 'default' });
  });
});

describe('a hint', () => {
  it('names what the shell has and the file lacks', () => {
    const shell = { HOME: '/root', CUDA_HOME: '/c', CUDA_PATH: '/p', HF_TOKEN: 'x', EMPTY: '' };
    const experiment = { engine: 'vllm', env: { CUDA_PATH: '/q' }, image: undefined } as const;
    expect(missingEnvHints(['HOME', 'CUDA_*', 'HF_TOKEN', 'EMPTY', 'ABSENT'], experiment, shell)).toEqual([
      'HOME is set in this shell but not in `env:`, so the engine does not see it; if it needs it, add `HOME: $HOME`.',
      'CUDA_HOME is set in this shell but not in `env:`, so the engine does not see it; if it needs it, add `CUDA_HOME: $CUDA_HOME`.',
      'HF_TOKEN is set in this shell but not in `env:`, so the engine does not see it; if it needs it, add `HF_TOKEN: { secret: $HF_TOKEN }`.',
    ]);
  });

  it('is not given where the environment is not ours', () => {
    expect(missingEnvHints(['HOME'], { engine: 'openai', env: {}, image: undefined }, { HOME: '/' })).toEqual(
      [],
    );
    expect(missingEnvHints(['HOME'], { engine: 'vllm', env: {}, image: 'a' }, { HOME: '/' })).toEqual([]);
  });
});
