import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAbsent } from '../../src/snapshot/probe.ts';
import { describeProcesses } from '../../src/snapshot/processes.ts';
import type { ProcessSeen } from '../../src/supervisor/processes.ts';

const stat = readFileSync('/proc/self/stat', 'utf8');
const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);

function seen(changed: Partial<ProcessSeen>): ProcessSeen {
  return {
    pid: process.pid,
    ppid: 1,
    startTicks,
    comm: 'x',
    argv: [],
    env: {},
    envSource: 'first-seen',
    cwd: null,
    exe: null,
    firstSeenNs: 0,
    lastSeenNs: 0,
    ...changed,
  };
}

const root = seen({ env: { A: '1', B: '2', toString: 'x' } });
const child = (changed: Partial<ProcessSeen>): ProcessSeen =>
  seen({ pid: 4_000_000, startTicks: 1, ...changed });

describe('the processes of a tree', () => {
  it('have their environment as a difference to that of the root', async () => {
    const [first, second] = await describeProcesses(
      [root, child({ env: { A: '1', B: '3', C: '4' } })],
      root.pid,
    );
    expect(first?.env).toEqual(root.env);
    expect(second).not.toHaveProperty('env');
    expect(second?.envFromRoot).toEqual({
      added: { C: '4' },
      removed: ['toString'],
      changed: { B: { from: '2', to: '3' } },
    });
  });

  it('whose environment was never seen claim no difference', async () => {
    const views = await describeProcesses(
      [root, child({ envSource: 'blank' }), child({ envSource: 'unreadable' })],
      root.pid,
    );
    expect(views.slice(1).map(({ envFromRoot }) => isAbsent(envFromRoot))).toEqual([true, true]);
  });

  it('are all shown in full when that of the root is not known', async () => {
    const blank = seen({ envSource: 'blank' });
    const [, second] = await describeProcesses([blank, child({ env: { A: '1' } })], blank.pid);
    expect(second?.env).toEqual({ A: '1' });
  });

  it('show how the kernel treats those that live, and only those', async () => {
    const [living, ended] = await describeProcesses([root, child({})], root.pid);
    expect(living?.kernel).toMatchObject({
      status: {
        Cpus_allowed_list: expect.stringMatching(/^[\d,-]+$/),
        Mems_allowed_list: expect.any(String),
      },
      nice: expect.stringMatching(/^-?\d+$/),
      schedulingPolicy: expect.stringMatching(/^[a-z]+$/),
      limits: { 'open files': expect.stringMatching(/^\d+ \d+ files$/) },
      oomScoreAdj: expect.stringMatching(/^-?\d+$/),
    });
    expect(ended?.kernel).toEqual({ absent: 'it had ended' });
  });

  it('whose id is another process now have ended', async () => {
    const [view] = await describeProcesses([seen({ startTicks: startTicks + 1 })], process.pid);
    expect(view?.kernel).toEqual({ absent: 'it had ended' });
  });
});
