import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/ledger/row.ts';
import { type Ended, processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

interface Failed {
  readonly bench: Workbench;
  readonly ended: Ended;
}

async function runWith(options: Parameters<typeof experiment>[1], ...flags: string[]): Promise<Failed> {
  const bench = await workbench();
  bench.write({ 'configs/scripted.yaml': experiment(bench.installed, options) });
  return { bench, ended: await bench.bench('run', 'configs/scripted.yaml', ...flags) };
}

/** No number of a run that measured nothing is anything but missing. */
function expectNoNumbers(row: Row): void {
  const { value, n, ttft_ms_p50, e2e_ms_p50, tok_s_mean, delta_pct } = row;
  expect([value, n, ttft_ms_p50, e2e_ms_p50, tok_s_mean, delta_pct]).toEqual(Array(6).fill(null));
}

function expectCommitted(bench: Workbench): void {
  expect(bench.git('status', '--porcelain')).toBe('');
  expect(bench.git('log', '-1', '--format=%(trailers:key=Bench-Run,valueonly)')).toBe(bench.row().run_id);
  expect(processesOf(bench.root)).toEqual([]);
}

describe.concurrent('an engine that fails is a crash row with its cause, exit 4', () => {
  it('when it dies while it starts', async () => {
    const { bench, ended } = await runWith({
      args: ['--die-at-boot', 'Error: no such backend', '--exit-code', '7'],
    });
    expect(ended.code).toBe(4);
    const row = bench.row();
    expect(row).toMatchObject({ status: 'crash', errors: null, launches: 1, snapshot: null, model: null });
    expect(row.reason).toMatch(/^[a-z-]+: starting: .*7/);
    expectNoNumbers(row);
    expect(ended.stdout).toContain('│ Error: no such backend');
    expect(bench.record()).toMatchObject({ summary: null, launches: [{ failure: { phase: 'starting' } }] });
    expectCommitted(bench);
  });

  it('and the triage names the variable that the shell has and the file does not', async () => {
    const { ended } = await runWith({ args: ['--die-at-boot', 'cannot find my cache'] });
    expect(ended.stdout).toMatch(/HOME is set in this shell but not in\s+`env:`/);
  });

  it('when it dies in the middle of an answer', async () => {
    // Readiness and the longest warm-up ask 41 times.
    const { bench, ended } = await runWith({ args: ['--die-after', '45'], workload: ', rounds: 25' });
    expect(ended.code).toBe(4);
    expect(bench.row()).toMatchObject({
      status: 'crash',
      reason: expect.stringMatching(/^[a-z-]+: measuring: /),
    });
    expectNoNumbers(bench.row());
    const events = readFileSync(join(bench.bundle(), 'launches/1/events.jsonl'), 'utf8');
    expect(events).toContain('"event":"died"');
    expectCommitted(bench);
  });

  it('when it is not ready in time', async () => {
    const { bench, ended } = await runWith({
      args: ['--ready-after-ms', '600000'],
      more: 'ready_timeout: 1s',
    });
    expect(ended.code).toBe(4);
    expect(bench.row()).toMatchObject({
      status: 'crash',
      reason: expect.stringMatching(/^ready-timeout: starting/),
    });
    expect(ended.stdout).toContain('ready_timeout');
    expect(ended.stderr).toContain('HOME is set in this shell');
    expect(ended.stdout).not.toContain('HOME is set in this shell');
    expectCommitted(bench);
  });

  it('when it does not know a flag', async () => {
    const { bench, ended } = await runWith({ args: ['--no-such-flag'] });
    expect(ended.code).toBe(4);
    expect(bench.row().reason).toMatch(/^bad-flag: starting/);
  });

  it('when it serves another model than the file names', async () => {
    const { bench, ended } = await runWith({ more: 'model: other' });
    expect(ended.code).toBe(4);
    expect(bench.row()).toMatchObject({ status: 'crash' });
    expect(ended.stdout).toContain('scripted');
    expectCommitted(bench);
  });

  it('also in a later launch, and the row counts the launches that were begun', async () => {
    const bench = await workbench();
    const wrapper = `import { existsSync, writeFileSync } from 'node:fs';
if (existsSync('../second')) { console.error('second time'); process.exit(3); }
writeFileSync('../second', '');
await import(process.argv[2]);
`;
    const words = experiment(bench.installed)
      .replace('args: [', 'args: ["once.mjs",')
      .replace(', "--script"', ',"--script"');
    bench.write({
      'once.mjs': wrapper.replace('process.argv[2]', 'process.argv.splice(2, 1)[0]'),
      'configs/scripted.yaml': words,
    });
    const ended = await bench.bench('run', 'configs/scripted.yaml', '--launches', '3');
    expect(ended.code).toBe(4);
    expect(bench.row()).toMatchObject({ status: 'crash', launches: 2, errors: 0 });
    expectNoNumbers(bench.row());
    expect(existsSync(join(bench.bundle(), 'launches/3'))).toBe(false);
  });
});

describe.concurrent('what is wrong before the start leaves nothing behind', () => {
  it.each([
    ['a command that is not there', { cmd: './no-such-server' }, 2, /no-such-server/],
    [
      'a step that fails',
      { more: 'prepare: [{ run: ["false"], makes: made }]\n', env: '{ PATH: $PATH }' },
      5,
      /false/,
    ],
    ['a lock file that is missing', { more: 'venv: { path: .venvs/x, lock: no.txt }\n' }, 2, /no\.txt/],
    ['a venv that is missing', { more: 'venv: .venvs/x\n' }, 2, /there is no folder .*\.venvs\/x/],
    ['a start folder that is missing', { more: 'cwd: nowhere\n' }, 2, /there is no folder .*nowhere/],
    ['a variable that nothing gives', { args: ['$SITE_PACKAGES'] }, 2, /\$SITE_PACKAGES/],
    ['an engine that is not there yet', { more: `image: a/b@sha256:${'0'.repeat(64)}\n` }, 2, /image/],
  ])(
    '%s',
    async (_, {
      cmd,
      ...options
    }: { cmd?: string; more?: string; env?: string; args?: string[] }, code, message) => {
      const bench = await workbench();
      const text = experiment(bench.installed, options);
      bench.write({
        'configs/scripted.yaml': cmd === undefined ? text : text.replace(process.execPath, cmd),
      });
      const ended = await bench.bench('run', 'configs/scripted.yaml');
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(message);
      expect(ended.stdout).toBe('');
      expect(bench.git('status', '--porcelain').split('\n')).toEqual([
        '?? configs/',
        '?? pace.json',
        '?? queries/',
      ]);
      expect(bench.git('count-objects')).toMatch(/^0 /);
      expect(bench.bundles()).toEqual([]);
    },
  );
});
