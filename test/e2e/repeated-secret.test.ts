import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { plain } from '../scripted-engine/script.ts';
import { startScriptedEngine } from '../scripted-engine/server.ts';
import type { Ended } from './child.ts';
import { scriptedEngine } from './installed.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

const [begin, end] = ['Head4711Zz', 'Tail8923Yy'];
const key = `hf_${begin}"q'b\\n\u221a\u00e9\u{1f511}/+<&>=%41 x_${end}`;

/** What no spelling of the secret is without, nor a half of it that some error was cut to. */
const traces = [begin, end, ...[0, 1, 2].map(base64Core)];

/** Base64 of the whole, by where it begins, without the characters that depend on what is around it. */
function base64Core(shift: number): string {
  return Buffer.from('-'.repeat(shift) + key)
    .toString('base64')
    .slice(4, -8);
}

const twice = JSON.stringify(JSON.stringify(key).slice(1, -1)).slice(1, -1);
const quick = { ttftMs: 5, itlMs: 5 };
const nested = '{\\"error\\":\\"{{KEY|json|json|json}}\\"}';
const scripts = {
  repeats: {
    // Gaps that are long beside what a busy machine adds.
    ttftMs: 10,
    itlMs: 100,
    texts: ['{{KEY|head}}', '{{KEY|tail}}', ' {{KEY|json|json}}'],
    finishReason: 'stop {{KEY}}',
  },
  // The key lies where the text of an error is cut, and the cut behind a character that is escaped.
  'http-error': { status: 500, body: `${'x'.repeat(470)} {{KEY|json|json}} {{KEY}}` },
  'http-json': { status: 500, body: `{"error":{"message":"no {{KEY|json}} ${nested}"}}` },
  'error-frame': {
    ...quick,
    fault: { after: 1, kind: 'error-object' },
    faultText: `{"error":{"message":"no {{KEY|json}} ${nested}","code":"{{KEY|json}}"}}`,
  },
  garbage: { ...quick, fault: { after: 1, kind: 'garbage' }, faultText: `${'x'.repeat(180)}{{KEY}}` },
  refusal: {
    status: 400,
    body: `${'x'.repeat(130)}{{KEY|json|json}}${'x'.repeat(152 - twice.length)}{{KEY|json|json}}`,
  },
};
const said = 'key: {{KEY}} {{KEY|json}} {{KEY|json|json}} {{KEY|url}} {{KEY|base64}} {{KEY|json|url}}';

const env = { KEY: key };

describe('an engine that repeats its secret everywhere', () => {
  let bench: Workbench;
  const ended: Record<string, Ended> = {};

  beforeAll(async () => {
    bench = await workbench();
    bench.write(
      Object.fromEntries(
        Object.entries(scripts).map(([name, script]) => [`scripts/${name}.json`, JSON.stringify(script)]),
      ),
    );
    const words = ['--model', '$KEY', '--say', said];
    const configs: Record<string, { args: string[]; more?: string }> = {
      well: { args: ['--script', script('repeats')], more: 'keep_outputs: true' },
      errors: {
        args: [
          '--script',
          ['repeats', 'http-error', 'http-json', 'error-frame', 'garbage'].map(script).join(),
        ],
        more: 'keep_outputs: true',
      },
      refused: { args: ['--script', script('refusal')] },
      'no-boot': { args: ['--die-at-boot', `error: ${said}`] },
      dies: { args: ['--script', script('repeats'), '--die-after', '6'], more: 'keep_outputs: true' },
      missing: { args: [], more: 'model: another' },
      'not-there': { args: [], more: 'cwd: sub/$KEY' },
      'not-made': {
        args: [],
        more: `prepare: [{ run: [/bin/sh, -c, 'printf "no %s\\n" "$$1"; exit 3', sh, $KEY], makes: made }]`,
      },
    };
    for (const [name, { args, more }] of Object.entries(configs)) {
      const options = { args: [...words, ...args], env: '{ KEY: { secret: $KEY } }', more: more ?? '' };
      bench.write({ [`configs/${name}.yaml`]: experiment(bench.installed, options) });
      const json = name === 'refused' ? ['--json'] : [];
      ended[name] = await bench.benchWith({ env }, 'run', `configs/${name}.yaml`, ...json);
    }
    ended.remote = await runRemote(bench);
    const further: Record<string, string[]> = {
      show: ['show', 'iter-0'],
      'show json': ['show', 'iter-2', '--json'],
      list: ['ledger', 'list'],
      'list json': ['ledger', 'list', '--json'],
      config: ['config', 'show', 'configs/well.yaml'],
      'config json': ['config', 'show', 'configs/well.yaml', '--json'],
      lint: ['config', 'lint', 'configs/not-there.yaml', 'configs/well.yaml', '--json'],
    };
    for (const [name, argv] of Object.entries(further)) ended[name] = await bench.benchWith({ env }, ...argv);
  });

  function script(name: string): string {
    return `scripts/${name}.json`;
  }

  it('is measured as any other', () => {
    expect(Object.fromEntries(Object.entries(ended).map(([name, { code }]) => [name, code]))).toEqual({
      well: 0,
      errors: 5,
      refused: 4,
      'no-boot': 4,
      dies: 4,
      missing: 4,
      'not-there': 2,
      'not-made': 5,
      remote: 5,
      show: 0,
      'show json': 0,
      list: 0,
      'list json': 0,
      config: 0,
      'config json': 0,
      lint: 2,
    });
    const crashes = Array<string>(4).fill('crash');
    expect(bench.rows().map(({ status }) => status)).toEqual(['keep', 'discard', ...crashes]);
    for (const name of ['not-made', 'remote']) expect(ended[name]?.stderr).toMatch(/no \[redacted /);
  });

  it('has said it where it is looked for', () => {
    const [well, errors] = bench.rows().map(({ run_id }) => run_id);
    const file = (run: string | undefined, name: string): string =>
      readFileSync(join(bench.root, '.bench_runs', run ?? '', 'launches/1', name), 'utf8');
    const mark = /\[redacted [\da-f]{12}\]/g;
    expect(file(well, 'engine.log').match(mark)).toHaveLength(12);
    expect(JSON.parse(file(well, 'outputs.jsonl').split('\n')[0] ?? '')).toMatchObject({
      answer: expect.stringMatching(/^\[redacted [\da-f]{12}\] \[redacted [\da-f]{12}\]$/),
    });
    const asked = file(errors, 'requests.jsonl') + file(errors, 'warmup.jsonl');
    for (const outcome of ['http-error', 'error-frame', 'bad-frame']) {
      const lines = asked.split('\n').filter((line) => line.includes(`"outcome":"${outcome}"`));
      expect(lines.filter((line) => line.includes('[redacted ')).length, outcome).toBeGreaterThan(0);
    }
    expect(file(well, 'snapshot.json')).toContain('"redacted":true');
    expect(bench.rows()[0]?.model).toMatch(/^\[redacted [\da-f]{12}\]$/);
    for (const at of [2, 3, 5]) {
      const row = bench.rows()[at];
      const record = readFileSync(join(bench.root, `results/${row?.run_id}.json`), 'utf8');
      expect(record, row?.reason ?? '').toContain('[redacted ');
    }
  });

  it.each(traces)('leaves %s in no file, no object of git and no output', (trace) => {
    for (const [name, { stdout, stderr }] of Object.entries(ended)) {
      expect(stdout + stderr, name).not.toContain(trace);
    }
    expect(bench.filesHolding(trace)).toEqual([]);
    for (const folder of ['home', 'locks']) expect(grep(trace, join(dirname(bench.root), folder))).toBe('');
    expect(bench.git('log', '-p', '--all', '--format=raw')).not.toContain(trace);
    expect(bench.git('cat-file', '--batch-all-objects', '--batch')).not.toContain(trace);
  });
});

/** A server elsewhere that refuses a key and repeats it where the refusal is cut. */
async function runRemote(bench: Workbench): Promise<Ended> {
  // No header can hold the other one.
  const ascii = `sk_${begin}"q'b\\n/+<&>=%41 x_${end}`;
  const refusal = { ...plain, status: 401, body: `no ${ascii} ${'x'.repeat(210)}${ascii}` };
  const server = await startScriptedEngine({ scripts: [refusal] });
  const lines = [
    'description: elsewhere',
    'engine: openai',
    `base_url: ${server.url}`,
    'api_key: { secret: $KEY }',
    'workload: { queries: queries/q.csv }',
  ];
  bench.write({ 'configs/remote.yaml': `${lines.join('\n')}\n` });
  const ended = await bench.benchWith({ env: { KEY: ascii } }, 'run', 'configs/remote.yaml');
  await server.close();
  return ended;
}

describe('bench try', () => {
  const fromFlag = 'sk-Flag5566Ww"x';

  it('shows and saves no secret of its command, and names the model as a row does', async () => {
    const bench = await workbench({ git: false });
    bench.write({
      'repeats.json': JSON.stringify(scripts.repeats),
      'models/tiny.gguf': 'weights',
    });
    const engine = [
      process.execPath,
      scriptedEngine(bench.installed),
      '--script',
      'repeats.json',
      '--say',
      said,
    ];
    const flags = ['--requests', '3', '--max-tokens', '3', '--env', 'KEY'];
    const modelFile = join(bench.root, 'models/tiny.gguf');
    const runs = [
      await bench.benchWith(
        { env },
        'try',
        ...flags,
        '--save',
        'configs/tried.yaml',
        '--',
        ...engine,
        '--model',
        key,
      ),
      await bench.benchWith(
        { env },
        'try',
        ...flags,
        '--json',
        '--',
        ...engine,
        '--model',
        `of ${key}`,
        '--api-key',
        fromFlag,
      ),
      await bench.benchWith(
        { env },
        'try',
        ...flags,
        '--',
        ...engine,
        '--model',
        modelFile,
        `--api-key=${fromFlag}`,
      ),
      await bench.benchWith(
        { env },
        'try',
        ...flags,
        '--json',
        '--',
        ...engine,
        '--die-at-boot',
        `error ${said} {{API_KEY}}`,
        '--api-key',
        fromFlag,
      ),
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 4]);
    const [saved, json, named] = runs;
    for (const trace of [...traces, 'Flag5566Ww']) {
      for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain(trace);
      expect(bench.filesHolding(trace)).toEqual([]);
    }
    expect(saved?.stdout).toMatch(/model +\[redacted [\da-f]{12}\]/);
    const yaml = bench.read('configs/tried.yaml');
    expect(yaml).toMatch(/- "\$\{KEY\}"/);
    expect(yaml).toContain('KEY: { secret: $KEY }');
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
      target: expect.stringMatching(/--model of \$KEY --api-key \$API_KEY$/),
      model: expect.stringMatching(/^of \[redacted [\da-f]{12}\]$/),
      yaml: expect.stringContaining('API_KEY: { secret: $API_KEY }'),
    });
    expect(json?.stderr).toContain('set API_KEY to it');
    expect(named?.stdout).toMatch(/model +tiny\.gguf@[\da-f]{12}\n/);
    const again = await bench.benchWith({ env }, 'run', 'configs/tried.yaml', '--limit', '1');
    expect(again.code).toBe(0);
  }, 240_000);
});

describe('a file that holds the value of a secret', () => {
  it('is committed by nobody but its author', async () => {
    const bench = await workbench();
    const options = { env: '{ KEY: { secret: $KEY } }' };
    bench.write({ 'configs/mine.yaml': `# was ${key}\n${experiment(bench.installed, options)}` });
    const ran = await bench.benchWith({ env }, 'run', 'configs/mine.yaml', '--limit', '1');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('configs/mine.yaml holds the value of a secret');
    expect(bench.row()).toMatchObject({ commit: null, status: 'keep' });
    expect(bench.git('cat-file', '--batch-all-objects', '--batch')).not.toContain(begin);
    expect(bench.git('ls-files').split('\n')).toContain('bench_results.tsv');
  });
});

/** Names of the files below a folder that hold a text; empty when there are none. */
function grep(text: string, folder: string): string {
  try {
    return execFileSync('grep', ['-rlF', '--', text, folder], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
