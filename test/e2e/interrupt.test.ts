import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

const fixtures = resolve(import.meta.dirname, '../fixtures/engines');

async function expectNothingLeft(bench: Workbench): Promise<void> {
  await eventually(() => processesOf(bench.root).length === 0);
  expect(processesOf(bench.root)).toEqual([]);
}

describe.concurrent('a run that is told to stop', () => {
  it.each([
    ['SIGINT', 130, 'starting', 'launch: starting'],
    ['SIGTERM', 143, 'warming up', 'launch: warming up'],
    ['SIGHUP', 129, 'measuring', 'launch: measuring'],
  ] as const)(
    'by %s ends with %i while %s, with a row and no process',
    async (signal, exitCode, phase, told) => {
      const bench = await workbench();
      const isStarting = phase === 'starting';
      bench.write({
        'configs/scripted.yaml': experiment(bench.installed, {
          args: isStarting ? ['--ready-after-ms', '600000'] : [],
          workload: ', rounds: 100',
        }),
      });
      const run = bench.start({}, 'run', 'configs/scripted.yaml');
      await run.says(told);
      // A terminal signals the whole foreground group, not bench alone.
      process.kill(-run.pid, signal);
      const ended = await run.ended;
      expect(ended.code).toBe(exitCode);
      expect(bench.row()).toMatchObject({ status: 'discard', reason: 'interrupted', value: null, n: null });
      expect(ended.stdout).toContain(`Interrupted by ${signal} while ${phase}`);
      expect(bench.git('status', '--porcelain')).toBe('');
      expect(bench.record().summary === null).toBe(phase !== 'measuring');
      const file = JSON.parse(readFileSync(join(bench.bundle(), 'run.json'), 'utf8')) as { outcome: string };
      expect(file.outcome).toBe('interrupted');
      await expectNothingLeft(bench);
    },
  );

  it('twice goes straight to the kill of an engine that does not listen', async () => {
    const bench = await workbench();
    bench.write({
      'configs/scripted.yaml': experiment(bench.installed, {
        more: 'stop_grace: 10m\n',
        workload: ', rounds: 100',
      }).replace(/args: \[.*\]/, `args: [${join(fixtures, 'ignores-signals.mjs')}]`),
    });
    const run = bench.start({}, 'run', 'configs/scripted.yaml');
    await run.says('launch: warming up');
    run.signal('SIGINT');
    await run.says('stopping the engine');
    await sleep(300);
    run.signal('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(bench.row()).toMatchObject({ status: 'discard', reason: 'interrupted' });
    await expectNothingLeft(bench);
  });

  it('while the engine stops, with all measured, is interrupted too', async () => {
    const bench = await workbench();
    bench.write({
      'configs/scripted.yaml': experiment(bench.installed, { more: 'stop_grace: 10m\n' }).replace(
        /args: \[.*\]/,
        `args: [${join(fixtures, 'ignores-signals.mjs')}]`,
      ),
    });
    const run = bench.start({}, 'run', 'configs/scripted.yaml');
    await run.says('stopping the engine');
    run.signal('SIGINT');
    await sleep(300);
    run.signal('SIGINT');
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stdout).toContain('Interrupted by SIGINT while stopping');
    expect(bench.row()).toMatchObject({ status: 'discard', reason: 'interrupted', value: null });
    await expectNothingLeft(bench);
  });

  it('while it sets up writes nothing', async () => {
    const bench = await workbench();
    bench.write({
      'configs/scripted.yaml': experiment(bench.installed, {
        env: '{ PATH: $PATH }',
        more: 'prepare: [{ run: [sleep, "600"], makes: made }]\n',
      }),
    });
    const run = bench.start({}, 'run', 'configs/scripted.yaml');
    await run.says('preparing files');
    await eventually(() => processesOf(bench.root).some((command) => command.startsWith('sleep')));
    process.kill(-run.pid, 'SIGINT');
    const ended = await run.ended;
    expect(ended).toMatchObject({ code: 130, stdout: '' });
    expect(ended.stderr).toContain('nothing was written');
    expect(bench.rows()).toEqual([]);
    expect(bench.git('status', '--porcelain').split('\n')).toEqual([
      '?? configs/',
      '?? pace.json',
      '?? queries/',
    ]);
    await expectNothingLeft(bench);
  });
});

it('a run killed without a word leaves nothing alive, harms no later run, and `ledger fix` enters it', async () => {
  const bench = await workbench();
  bench.write({ 'configs/scripted.yaml': experiment(bench.installed, { workload: ', rounds: 100' }) });
  const run = bench.start({}, 'run', 'configs/scripted.yaml');
  await run.says('launch: measuring');
  run.signal('SIGKILL');
  expect((await run.ended).signal).toBe('SIGKILL');
  await expectNothingLeft(bench);
  expect(bench.rows()).toEqual([]);

  const next = await bench.bench('run', 'configs/scripted.yaml', '--rounds', '1');
  expect(next.code).toBe(0);
  expect(bench.rows()).toHaveLength(1);

  const fixed = await bench.bench('ledger', 'fix');
  expect(fixed).toMatchObject({ code: 0 });
  expect(fixed.stdout).toMatch(/^entered iter-1 \(\S+\): interrupted/);
  expect(bench.row()).toMatchObject({
    iter: 1,
    status: 'discard',
    reason: expect.stringMatching(/^interrupted/),
    exp_id: bench.rows()[0]?.exp_id,
    config: 'configs/scripted.yaml',
    workload: expect.stringMatching(/./),
    value: null,
  });
  expect(bench.git('status', '--porcelain')).toBe('');
  expect((await bench.bench('ledger', 'fix')).stdout).toBe('Nothing to mend.\n');
  const listed = await bench.bench('ledger', 'list', '--json', '--status', 'discard');
  expect(JSON.parse(listed.stdout)).toEqual([{ ...bench.row(), superseded_by: null }]);
});

it('a second measurement is refused and told who holds the machine; --wait queues', async () => {
  const bench = await workbench();
  const first = bench.start({}, 'run', 'configs/scripted.yaml', '--rounds', '1000');
  await first.says('launch: starting');
  const refused = await bench.bench('run', 'configs/scripted.yaml');
  expect(refused.code).toBe(5);
  expect(refused.stderr).toMatch(new RegExp(`pid ${first.pid}\\b`));
  expect(refused.stderr).toContain('bench run configs/scripted.yaml');
  expect(refused.stderr).toContain('--wait');
  const tried = await bench.bench('try', 'http://127.0.0.1:1/v1');
  expect(tried.code).toBe(5);
  expect(tried.stderr).toMatch(new RegExp(`pid ${first.pid}\\b`));
  const queued = bench.start({}, 'run', 'configs/scripted.yaml', '--wait');
  await queued.says(`waiting for pid ${first.pid}`);
  const impatient = bench.start({}, 'try', '--wait', 'http://127.0.0.1:1/v1');
  await impatient.says('waiting for pid');
  impatient.signal('SIGTERM');
  expect(await impatient.ended).toMatchObject({ code: 143, stdout: '' });
  first.signal('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect((await queued.ended).code).toBe(0);
  expect(bench.rows().map(({ iter, reason }) => [iter, reason])).toEqual([
    [0, 'interrupted'],
    [1, 'baseline'],
  ]);
});
