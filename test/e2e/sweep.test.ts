import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SweepState } from '../../src/sweep-state.ts';
import type { SweepResult } from '../../src/verdict/sweep.ts';
import { processesOf } from './child.ts';
import { experiment, type Workbench, workbench } from './workbench.ts';

/** A repository with configs `a` and `b`, whose engines have these flags. */
async function twoArms(a: readonly string[], b: readonly string[]): Promise<Workbench> {
  const made = await workbench();
  made.write({
    'configs/a.yaml': arm(made, a),
    'configs/b.yaml': arm(made, b),
    'pace.json': JSON.stringify({ ttftMs: 10, itlMs: 60 }),
  });
  return made;
}

function arm(made: Workbench, flags: readonly string[], engine = 'custom'): string {
  const args = ['--recall', '--recall-itl-ms', '5', ...flags];
  return experiment(made.installed, { args }).replace('engine: custom', `engine: ${engine}`);
}

const both = ['configs/a.yaml', 'configs/b.yaml'];
const forget = (share: number, salt = 'x') => ['--recall-forget', String(share), '--recall-salt', salt];

function stateOf(made: Workbench): SweepState {
  const folder = join(made.root, '.bench_runs/sweeps');
  const newest = readdirSync(folder).sort().at(-1) ?? '';
  return JSON.parse(readFileSync(join(folder, newest, 'sweep.json'), 'utf8')) as SweepState;
}

const patience = { timeout: 180_000 };

describe.concurrent('bench sweep', patience, () => {
  it('tells a real difference, writes a row a cell, and raises an alarm when it is turned round', async () => {
    const made = await twoArms(forget(0), forget(0.6));
    const flags = ['--contexts', '0k,1k', '-n', '20', '--json'];
    const first = await made.bench('sweep', ...both, ...flags);
    expect(first).toMatchObject({ code: 0 });
    const told = JSON.parse(first.stdout) as SweepResult;
    expect(told.cells.map(({ arm: name, context, state }) => [name, context, state])).toEqual([
      ['a', '0k', 'done'],
      ['a', '1k', 'done'],
      ['b', '0k', 'done'],
      ['b', '1k', 'done'],
    ]);
    expect(told.cells[0]?.recall).toMatchObject({ n: 20, correct: 20 });
    expect(told.recallDifferences).toMatchObject([
      { a: 'a', b: 'b', context: '0k', n: 20, gained: 0, differ: true },
      { a: 'a', b: 'b', context: '1k', n: 20, gained: 0, differ: true },
    ]);
    expect(told.timeDifferences.every(({ state }) => state === 'not-judged')).toBe(true);
    expect(told.inversions).toEqual([]);
    expect(made.rows()).toHaveLength(4);
    for (const row of made.rows()) expect(row).toMatchObject({ status: null, reason: 'unjudged', errors: 0 });
    const folder = join(made.root, '.bench_runs/sweeps', told.id);
    for (const file of ['result.html', 'result.md', 'result.json'])
      expect(existsSync(join(folder, file))).toBe(true);
    // What was not swept is left alone.
    expect(made.git('status', '--porcelain')).toBe('?? configs/scripted.yaml');

    made.write({ 'configs/a.yaml': arm(made, forget(0.6)), 'configs/b.yaml': arm(made, forget(0)) });
    const second = await made.bench('sweep', ...both, '--contexts', '0k,1k', '-n', '20', '--json');
    expect(second).toMatchObject({ code: 0 });
    const { inversions } = JSON.parse(second.stdout) as SweepResult;
    const ofRecall = inversions.filter(({ metric }) => metric === 'recall');
    expect(ofRecall.map(({ context }) => context)).toEqual(['0k', '1k']);
    expect(ofRecall[0]).toMatchObject({
      ...{ a: 'a', b: 'b', now: { isShown: true }, earlier: { isShown: true, a: 1 } },
    });
    const iterOf = (name: string) => {
      const cell = told.cells.find((one) => one.arm === name && one.context === '0k');
      return `iter-${cell?.row?.iter}`;
    };
    expect(ofRecall[0]?.earlier).toMatchObject({ aRow: iterOf('a'), bRow: iterOf('b') });
    expect(ofRecall[0]?.differs[0]?.lines.join(' ')).toContain('--recall-forget');
    expect(ofRecall[0]?.differs[0]?.command).toMatch(/^bench meta diff iter-\d iter-\d$/);
    expect(processesOf(made.root)).toEqual([]);
  });

  it('makes a file for each value of a knob, and tells equal arms from nothing', async () => {
    const made = await twoArms(forget(0), []);
    const ended = await made.bench(
      ...['sweep', 'configs/a.yaml', '--contexts', '0k', '-n', '10', '--json'],
      ...['--knob', '--recall-forget=0,0.01'],
    );
    expect(ended).toMatchObject({ code: 0 });
    const told = JSON.parse(ended.stdout) as SweepResult;
    expect(told.arms.map(({ label, config }) => [label, config])).toEqual([
      ['a recall-forget=0', 'configs/a.yaml'],
      ['a recall-forget=0.01', 'configs/sweep/a-recall-forget-0.01.yaml'],
    ]);
    expect(told.recallDifferences).toMatchObject([{ differ: false }]);
    expect(made.git('ls-files', 'configs/sweep')).toBe('configs/sweep/a-recall-forget-0.01.yaml');
    const text = await made.bench('sweep', 'configs/a.yaml', '--contexts', '0k', '-n', '2', '--no-commit');
    expect(text).toMatchObject({ code: 0 });
  });

  it('goes on where a cell fails, and names why', async () => {
    const made = await twoArms(['--breaks-beyond', '400:oom'], []);
    made.write({ 'configs/b.yaml': arm(made, ['--max-model-len', '1500'], 'vllm') });
    const ended = await made.bench('sweep', ...both, '--contexts', '0k,2k', '-n', '4', '--json');
    expect(ended).toMatchObject({ code: 0 });
    const { cells } = JSON.parse(ended.stdout) as SweepResult;
    const whys = cells.map(({ arm: name, context, state, why }) => [name, context, state, why]);
    expect(whys).toEqual([
      ['a', '0k', 'done', null],
      ['a', '2k', 'failed', expect.stringMatching(/^oom-run/)],
      ['b', '0k', 'done', null],
      ['b', '2k', 'failed', 'too-long'],
    ]);
  });

  it('goes on after a kill -9 with what is left', async () => {
    const made = await twoArms(forget(0), forget(0.5));
    const flags = ['--contexts', '0k,1k', '-n', '4', '--order', 'listed'];
    const started = made.start({}, 'sweep', ...both, ...flags);
    while (made.rows().length < 2) await sleep(50);
    started.signal('SIGKILL');
    await started.ended;
    const before = made.rows().length;
    expect((await made.bench('sweep', ...both, '--contexts', '0k', '--resume')).code).toBe(2);
    const resumed = await made.bench('sweep', ...both, ...flags, '--resume', '--json');
    expect(resumed).toMatchObject({ code: 0 });
    expect(stateOf(made).cells.every(({ state }) => state === 'done')).toBe(true);
    expect(made.rows().filter(({ reason }) => reason === 'unjudged')).toHaveLength(4);
    expect(before).toBeLessThan(4);
    const again = await made.bench('sweep', ...both, ...flags, '--resume');
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain('no unfinished sweep');
  });

  it.each([
    ['while a cell is measured', /1 of 2 .*[\s\S]*launch: measuring/, ['unjudged', 'interrupted']],
    ['before its engine starts', /1 of 2 .*[\s\S]*measuring bench's own overhead/, ['unjudged']],
  ])('ends at Ctrl-C %s, and goes on from there', async (_, said, reasons) => {
    const made = await twoArms([], []);
    const flags = ['--contexts', '0k', '-n', '8'];
    const started = made.start({}, 'sweep', ...both, ...flags);
    await started.says(said);
    // A terminal signals the whole foreground group, not bench alone.
    process.kill(-started.pid, 'SIGINT');
    const ended = await started.ended;
    expect(ended).toMatchObject({ code: 130 });
    expect(ended.stderr).toContain('1 cells are left');
    expect(made.rows().map(({ reason }) => reason)).toEqual(reasons);
    expect(stateOf(made).cells.map(({ state }) => state)).toEqual(['done', 'waiting']);
    const resumed = await made.bench('sweep', ...both, ...flags, '--resume', '--json');
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(resumed.stderr).toContain('1 of them measured already');
    expect(made.rows().at(-1)).toMatchObject({ reason: 'unjudged', n: 8 });
    expect(processesOf(made.root)).toEqual([]);
  });

  it('leaves no file of a knob where it is refused', async () => {
    const made = await twoArms([], []);
    made.write({ 'configs/b.yaml': 'description: broken\nparent: a.yaml\nargs: 1\n' });
    const knob = ['--knob', '--recall-forget=0,0.5', '--contexts', '0k'];
    expect(await made.bench('sweep', ...both, ...knob)).toMatchObject({ code: 2 });
    made.write({
      'configs/b.yaml': arm(made, []),
      'configs/sweep/b-recall-forget-0.yaml': 'description: other\n',
    });
    expect(await made.bench('sweep', ...both, ...knob)).toMatchObject({ code: 2 });
    expect(readdirSync(join(made.root, 'configs/sweep'))).toEqual(['b-recall-forget-0.yaml']);
  });

  it('is refused before anything starts when it does not know what to do', async () => {
    const made = await twoArms([], []);
    const said = async (...flags: string[]) => {
      const ended = await made.bench('sweep', ...flags);
      expect(ended).toMatchObject({ code: 2 });
      return ended.stderr;
    };
    expect(await said('--contexts', '0k')).toContain('There is nothing to sweep');
    expect(await said(...both)).toContain('does not say at which contexts');
    expect(await said('--engines', 'custom', '--contexts', '0k')).toMatch(
      /configs\/ has 3 files for custom: configs\/a\.yaml.*--model/s,
    );
    expect(await said('--engines', 'vllm', '--contexts', '0k')).toContain('configs/ has no file for vllm');
    expect(await said(...both, '--contexts', '0k', '--knob', 'x')).toContain('names no flag with values');
    expect(await said(...both, '--contexts', '0k', '--html', 'no/such/x.html')).toContain(
      'there is no folder',
    );
    expect(await said('configs/a.yaml', 'configs/a.yaml', '--contexts', '0k')).toContain('swept twice');
    expect(made.rows()).toEqual([]);
  });
});
