import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, processesOf } from '../e2e/child.ts';
import { experiment, type Workbench, workbench } from '../e2e/workbench.ts';
import { whyNot } from './settings.ts';

/** Moments over a run of four pairs, from its set-up to its commits, in ms. */
const moments = Array.from({ length: 12 }, (_, at) => 600 + at * 1400);
const lanes = [0, 1, 2].map((lane) => moments.filter((_, at) => at % 3 === lane));

async function place(): Promise<Workbench> {
  const made = await workbench();
  const more =
    'judge: { foreign_load: 100%, pairs: 4 }\nguard: { ttft_ms: 100%, tpot_ms: 100%, e2e_ms: 100% }\n';
  made.write({
    'configs/scripted.yaml': experiment(made.installed, { more }),
    'configs/faster.yaml': 'description: faster\nparent: scripted.yaml\nset: { --script: faster.json }\n',
    'faster.json': '{"ttftMs":10,"itlMs":50}',
  });
  return made;
}

/** Goes on with what was left, or, where nothing was, starts anew. */
async function goOn(made: Workbench): Promise<string> {
  const resumed = await made.bench('run', 'configs/faster.yaml', '--resume');
  if (resumed.code === 0) return 'resumed';
  expect(resumed.stderr).toContain('no cut off run');
  return 'nothing to resume';
}

describe('kill -9 in a run of pairs', () => {
  it.concurrent.for(lanes)('at %j ms: nothing is left, and it can be gone on with', async (its, context) => {
    context.skip(whyNot !== null, whyNot ?? '');
    for (const ms of its) {
      const made = await place();
      const started = made.start({}, 'run', 'configs/faster.yaml');
      await Promise.race([sleep(ms), started.ended]);
      started.signal('SIGKILL');
      await started.ended;
      expect(await eventually(() => processesOf(made.root).length === 0)).toBe(true);
      const how = await goOn(made);
      // What was killed after its row, or before its first launch, has nothing to go on with.
      if (how !== 'resumed') await made.bench('ledger', 'fix');
      const isWritten = made.rows().some(({ config }) => config === 'configs/faster.yaml');
      if (!isWritten) expect((await made.bench('run', 'configs/faster.yaml')).code).toBe(0);
      const own = made.rows().filter(({ config }) => config === 'configs/faster.yaml');
      expect(own.map(({ pairs }) => pairs)).toEqual([4]);
      // Three lanes share two cores: a guard on the first token may stay open.
      expect(own[0]?.reason).toMatch(/^(better|inconclusive:guard-)/);
      expect((await made.bench('ledger', 'fix')).stdout).toContain('Nothing to mend');
      // A row that was written before the kill and not committed waits for the next run.
      if (how === 'resumed' || !isWritten)
        expect(made.git('status', '--porcelain', 'bench_results.tsv', 'results')).toBe('');
    }
  });
});
