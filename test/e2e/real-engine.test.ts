import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/stats/summary.ts';
import { realEngine } from '../real-engine.ts';
import { processesOf } from './child.ts';
import { type Workbench, workbench } from './workbench.ts';

const real = await realEngine();

/** An empty repository; the venv of the starter is there when this checkout has made it. */
async function emptyRepository(): Promise<Workbench> {
  const bench = await workbench({ empty: true });
  if (process.env.BENCH_TEST_VENV === undefined) {
    mkdirSync(join(bench.root, '.venvs'));
    symlinkSync(real.venv, join(bench.root, '.venvs/llamacpp'));
  }
  return bench;
}

/** llama-server and a model where `bench init` looks for them. */
async function withServerOnPath(): Promise<Workbench & { readonly own: NodeJS.ProcessEnv }> {
  const bench = await workbench({ empty: true });
  const folder = join(bench.home, 'bin');
  mkdirSync(folder);
  mkdirSync(join(bench.home, 'models'));
  symlinkSync(real.server, join(folder, 'llama-server'));
  symlinkSync(real.model, join(bench.home, 'models/smol.gguf'));
  return { ...bench, own: { PATH: `${folder}:${process.env.PATH}`, LD_LIBRARY_PATH: real.libraries } };
}

/** A small model on one busy core still answers slowly. */
const patience = { timeout: 240_000 };

describe('bench init', patience, () => {
  it('without an engine on PATH lays down a starter that brings its own and runs at once', async () => {
    const bench = await emptyRepository();
    const laid = await bench.bench('init');
    expect(laid).toMatchObject({ code: 0, stderr: '' });
    expect(laid.stdout).toContain('First: git add .gitignore .gitattributes && git commit');
    expect(laid.stdout.trimEnd()).toMatch(/Next: bench run configs\/llamacpp-smollm2\.yaml$/);
    expect(bench.read('.gitattributes')).toBe('bench_results.tsv merge=union\n');
    expect(bench.read('.gitignore')).toBe('.bench_runs/\n.venvs/\n');
    const linted = await bench.bench('config', 'lint', 'configs/llamacpp-smollm2.yaml');
    expect(linted).toMatchObject({ code: 0 });

    const ran = await bench.bench('run', 'configs/llamacpp-smollm2.yaml', '--limit', '4');
    expect(ran).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({
      status: 'keep',
      reason: 'baseline',
      engine: 'llamacpp',
      engine_version: expect.stringMatching(/\d/),
      artifact: expect.stringMatching(/^venv:[0-9a-f]{12}$/),
      model: expect.stringMatching(/^smollm2-135m@[0-9a-f]{12}$/),
      n: 4,
      errors: 0,
    });
    expect(bench.row().findings).not.toContain('cache-unverified');
    const requests = readFileSync(join(bench.bundle(), 'launches/1/requests.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    for (const line of requests) {
      expect(JSON.parse(line)).toMatchObject({
        outcome: 'ok',
        usage: { completionTokens: 48, cachedTokens: 0 },
        engineTimings: { predicted_n: 48, cache_n: 0 },
      });
    }
    const { summary } = bench.record() as unknown as { summary: Summary };
    expect(summary.tokens.decodeSources).toEqual({ 'per-chunk': 4 });
    expect(summary.witness.map(({ metric }) => metric)).toEqual(['ttft_ms', 'decode_ms']);
    expect(processesOf(bench.root)).toEqual([]);

    const again = await bench.bench('init');
    expect(again.stdout).not.toMatch(/wrote|git add/);
    expect(bench.git('status', '--porcelain').split('\n')).toEqual(['?? .gitattributes', '?? .gitignore']);
  });

  it('with llama-server on PATH and a model at home writes for those, and it runs with what is tuned in it', async () => {
    const bench = await withServerOnPath();
    const laid = await bench.benchWith({ env: bench.own }, 'init', '--json');
    expect(JSON.parse(laid.stdout)).toMatchObject({
      config: 'configs/llamacpp.yaml',
      found: { kind: 'own', model: join(bench.home, 'models/smol.gguf') },
    });
    const config = bench.read('configs/llamacpp.yaml');
    expect(config).not.toContain(bench.home);
    bench.write({
      'configs/llamacpp.yaml': config.replace('# - -ngl', '- -t').replace('# - 99', '- 1').replace('48', '8'),
    });
    const flags = ['--limit', '2', '--print', 'decode_tok_s'];
    const ran = await bench.benchWith({ env: bench.own }, 'run', 'configs/llamacpp.yaml', ...flags);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+(\.\d+)?\n$/) });
    expect(bench.row()).toMatchObject({
      n: 2,
      artifact: expect.stringMatching(/^bin:/),
      model: expect.stringMatching(/^smol@[0-9a-f]{12}$/),
    });
  });
});

describe('bench try', patience, () => {
  it('measures the command given, without git or ledger, and saves an experiment that runs', async () => {
    const bench = await withServerOnPath();
    const words = ['--save', 'configs/mine.yaml', '--requests', '3', '--max-tokens', '16', '--'];
    const command = ['llama-server', '-m', join(bench.home, 'models/smol.gguf'), '-t', '1', '--port', '99'];
    const tried = await bench.benchWith({ env: bench.own }, 'try', ...words, ...command);
    expect(tried).toMatchObject({ code: 0 });
    for (const word of ['TTFT', 'decode', 'e2e', 'llamacpp', 'bench run configs/mine.yaml']) {
      expect(tried.stdout).toContain(word);
    }
    expect(tried.stderr).toContain('left out --port 99');
    expect(bench.git('status', '--porcelain').split('\n')).toEqual(['?? configs/', '?? queries/']);
    const run = () => bench.benchWith({ env: bench.own }, 'run', 'configs/mine.yaml', '--limit', '1');
    let ran = await run();
    // One request on a busy machine: a client that was late says nothing of the file.
    for (let again = 0; again < 3 && ran.stdout.includes('invalid:client-late'); again += 1)
      ran = await run();
    expect(ran, `${ran.stdout}${ran.stderr}`).toMatchObject({ code: 0 });
    expect(bench.row()).toMatchObject({ reason: 'baseline', n: 1 });
    expect(tried.stdout).toContain(String(bench.row().model));
  });
});

describe('a llama-server that cannot start', patience, () => {
  it.each([
    ['a flag it does not know', '  - --no-such-flag', 'bad-flag', /no-such-flag/],
    ['a model that its venv lacks', '  - -m\n  - $VENV/such.gguf', 'model-missing', /such\.gguf/],
  ])('for %s is a crash with that cause', async (_, line, reason, said) => {
    const bench = await emptyRepository();
    await bench.bench('init');
    const path = 'configs/llamacpp-smollm2.yaml';
    bench.write({ [path]: bench.read(path).replace('  - 4096', `  - 4096\n${line}`) });
    const ran = await bench.bench('run', path);
    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(said);
    expect(bench.row()).toMatchObject({
      status: 'crash',
      reason: expect.stringMatching(`^${reason}: starting`),
    });
  });

  it('without a variable it needs is told which one the shell has and the file lacks', async () => {
    const bench = await withServerOnPath();
    await bench.benchWith({ env: bench.own }, 'init');
    const path = 'configs/llamacpp.yaml';
    writeFileSync(join(bench.root, path), bench.read(path).replace(/ {2}LD_LIBRARY_PATH.*\n/, ''));
    const shown = await bench.benchWith({ env: bench.own }, 'config', 'show', path);
    expect(`${shown.stdout}${shown.stderr}`).toContain('LD_LIBRARY_PATH is set in this shell');
  });
});

describe('recall on the real llama.cpp server', patience, () => {
  it('counts each prompt as the engine does, and says what answers at the floor cannot show', async () => {
    const bench = await workbench({ empty: true });
    bench.write({
      '.gitignore': '.bench_runs\n',
      'queries/q.csv': 'id,prompt\na,Name three rivers.\n',
      'configs/smol.yaml': `description: recall of a small model
engine: llamacpp
cmd: ${real.server}
args: [-m, ${real.model}, --alias, smol, -t, 2, -c, 2048]
env: { LD_LIBRARY_PATH: ${real.libraries} }
workload: { queries: queries/q.csv }
`,
    });
    const tooLong = await bench.bench('recall', 'configs/smol.yaml', '--contexts', '0k,4k');
    expect(tooLong).toMatchObject({ code: 2 });
    expect(tooLong.stderr).toMatch(/serves 2048 tokens.*4k cannot fit/);

    const ended = await bench.bench('recall', 'configs/smol.yaml', '--contexts', '0k', '-n', '6', '--json');
    expect(ended).toMatchObject({ code: 0 });
    const { recall } = JSON.parse(ended.stdout);
    expect(recall.cells).toMatchObject([{ context: '0k', asked: 6, n: 6, cut: 0, failed: 0 }]);
    const lines = readFileSync(join(bench.bundle(), 'launches/1/recall.jsonl'), 'utf8').trimEnd().split('\n');
    for (const line of lines) {
      const item = JSON.parse(line);
      expect(item.promptTokens).toBe(item.expectedTokens);
      expect(item.promptTokens).toBeGreaterThan(200);
    }
    const { findings } = bench.row();
    expect(findings).not.toContain('bos-doubled');
    expect(findings).not.toContain('prompt-tokens-differ');
    // Six items of a model of 135M parameters cannot be told from guessing, unless all are right.
    if (recall.cells[0].correct <= 3) expect(findings).toContain('recall-floor');
    expect(processesOf(bench.root)).toEqual([]);
  });
});
