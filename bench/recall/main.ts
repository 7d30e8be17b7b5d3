/** `npm run bench:recall`: how long it takes to make recall items, from a process that has loaded nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openRecallData } from '../../src/workload/babilong/load.ts';
import { parseContext } from '../../src/workload/babilong/task.ts';
import { median } from '../clock/compare.ts';

/** What is made, and how long it may take. */
const jobs = [
  { name: '50 items each at 4k, 8k, 16k, 32k', contexts: ['4k', '8k', '16k', '32k'], count: 50, mostS: 3 },
  { name: '1 item at 128k', contexts: ['128k'], count: 1, mostS: 1 },
] as const;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, job: { type: 'string' } },
});
if (values.job === undefined) process.exitCode = measure(Number(values.runs));
else await make(jobs[Number(values.job)] as (typeof jobs)[number]);

/** Times each job in processes of its own, loading included. Exit code 1: a goal is missed. */
function measure(runs: number): number {
  let isMissed = false;
  for (const [index, { name, mostS }] of jobs.entries()) {
    const results = Array.from({ length: runs }, () => runJob(index));
    const tookS = median(results.map((result) => result.tookS));
    const cpuS = median(results.map((result) => result.cpuS));
    const peakMiB = Math.max(...results.map((result) => result.peakMiB));
    isMissed ||= tookS > mostS;
    const verdict = tookS > mostS ? 'MISSED' : 'ok';
    process.stdout.write(
      `${name}: ${tookS.toFixed(2)} s (goal ${mostS} s: ${verdict}), ${cpuS.toFixed(2)} s of CPU, at most ${peakMiB.toFixed(0)} MiB\n`,
    );
  }
  return isMissed ? 1 : 0;
}

interface Result {
  readonly tookS: number;
  /** What a busy machine changes least. */
  readonly cpuS: number;
  readonly peakMiB: number;
}

function runJob(index: number): Result {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--job', String(index)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`making items ended with ${child.status}`);
  return JSON.parse(child.stdout) as Result;
}

async function make({ contexts, count }: (typeof jobs)[number]): Promise<void> {
  const data = await openRecallData({ kind: 'moby-dick' });
  for (const context of contexts) {
    const wanted = { task: 'qa1', nominalTokens: parseContext(context), from: 0, count, seed: 0 } as const;
    for await (const item of data.items(wanted))
      if (item.prompt === '') throw new Error(`${item.id} is empty`);
  }
  // Since the start of the process, imports included.
  const tookS = performance.now() / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const result: Result = { tookS, cpuS: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024 };
  process.stdout.write(JSON.stringify(result));
}
