/** `npm run bench:hash`: how fast bench hashes what an engine is made of, beside `sha256sum`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openHashCache } from '../../src/snapshot/hash-cache.ts';
import { hashFiles } from '../../src/snapshot/hash-files.ts';
import { merkleRoot } from '../../src/snapshot/merkle.ts';
import { median } from '../clock/compare.ts';
import { cpuTime, load1, machine } from '../clock/machine.ts';
import { makeTree, sizeOfTree, type TreeSize } from './tree.ts';

/** Goals, for two cores with SHA instructions and everything in the page cache. */
const leastBytesPerS = 2e9;
const mostUnchangedS = 0.5;

/** One way to do the work, and how long it took each time. */
interface Way {
  readonly name: string;
  run(): Promise<void> | void;
  readonly takenS: number[];
  /** User and system time of all its threads and processes: what a busy machine changes least. */
  readonly cpuS: number[];
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
      json: { type: 'boolean', default: false },
    },
  });
  const [runs, scale] = [Number(values.runs), Number(values.scale)];
  if (!Number.isInteger(runs) || runs < 1 || !(scale > 0 && scale <= 1)) {
    return fail(2, 'usage: npm run bench:hash -- [--runs 3] [--scale 1] [--dir /tmp] [--json]');
  }
  const worker = new URL('../../src/snapshot/hash-worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(worker)))
    return fail(5, 'The hashing threads exist only in the compiled program: npm run build.');
  const size = sizeOfTree(scale);
  const free = statfsSync(values.dir);
  const freeBytes = free.bavail * free.bsize;
  const needed = `${gb(size.bytes)} GB in ${size.files} files below ${values.dir}`;
  if (freeBytes < size.bytes * 1.1)
    return fail(5, `Not enough room: ${needed}, ${gb(freeBytes)} GB are free.`);
  process.stderr.write(`writes ${needed}, and removes them at the end\n`);
  const folder = mkdtempSync(join(values.dir, 'bench-hash-'));
  const end = (): void => rmSync(folder, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      end();
      process.exit(130);
    });
  }
  try {
    const report = await measure(folder, scale, runs);
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
    return 0;
  } finally {
    end();
  }
}

async function measure(folder: string, scale: number, runs: number) {
  const tree = join(folder, 'venv');
  const paths = makeTree(tree, scale).map((path) => join(tree, path));
  // A hash of a file younger than 2 s is not remembered.
  await sleep(2_500);
  const kept = join(folder, 'cache');
  mkdirSync(kept);
  const roots = new Set<string>();
  const ways: Way[] = [
    way('bench, two threads, nothing remembered', async () => {
      await hashFiles(paths, { cache: openHashCache(null) });
    }),
    way('xargs -0 -n256 -P2 sha256sum', () => void sha256sum(paths)),
    way('bench, venv root, nothing remembered', async () => {
      roots.add((await merkleRoot(tree, { cache: openHashCache(null) })).root);
    }),
    way('bench, venv root, nothing changed', async () => {
      roots.add((await merkleRoot(tree, { cache: openHashCache(kept) })).root);
    }),
  ];
  // Fills the page cache and the kept hashes, and shows that both ways see the same files.
  await merkleRoot(tree, { cache: openHashCache(kept) });
  requireAgreement(paths, await hashFiles(paths.slice(0, 200), { cache: openHashCache(null) }));
  const [load, before, startedNs] = [load1(), cpuTime(), process.hrtime.bigint()];
  for (let run = 0; run < runs; run += 1) {
    const turn = run % ways.length;
    for (const one of [...ways.slice(turn), ...ways.slice(0, turn)]) {
      const [from, cpuFrom] = [process.hrtime.bigint(), cpuSpentS()];
      await one.run();
      one.takenS.push(Number(process.hrtime.bigint() - from) / 1e9);
      one.cpuS.push(cpuSpentS() - cpuFrom);
    }
  }
  if (roots.size !== 1) throw new Error('the venv root differs between runs');
  const wallS = Number(process.hrtime.bigint() - startedNs) / 1e9;
  const size = sizeOfTree(scale);
  const results = ways.map((one) => result(one, size));
  return {
    machine: machine(''),
    sha: /\bsha_ni\b|\bsha2\b/.test(readFileSync('/proc/cpuinfo', 'utf8')),
    load1Before: load,
    stealPercent: (100 * (cpuTime().stealUs - before.stealUs)) / (wallS * 1e6),
    ...size,
    runs,
    results,
    goals: {
      bytesPerS: { goal: leastBytesPerS, isMet: (results[0]?.bytesPerS ?? 0) >= leastBytesPerS },
      unchangedS: { goal: mostUnchangedS, isMet: (results[3]?.medianS ?? 9) < mostUnchangedS },
    },
  };
}

function way(name: string, run: Way['run']): Way {
  return { name, run, takenS: [], cpuS: [] };
}

/** Of this process and of the children it has waited for; proc_pid_stat(5), in ticks of 10 ms. */
function cpuSpentS(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

function result({ name, takenS, cpuS }: Way, { bytes, files }: TreeSize) {
  const medianS = median(takenS);
  return {
    name,
    medianS,
    bestS: Math.min(...takenS),
    worstS: Math.max(...takenS),
    cpuS: median(cpuS),
    bytesPerS: bytes / medianS,
    filesPerS: files / medianS,
  };
}

function sha256sum(paths: readonly string[]): string {
  const { status, stdout } = spawnSync('xargs', ['-0', '-n256', '-P2', 'sha256sum'], {
    input: paths.join('\0'),
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('sha256sum failed');
  return stdout;
}

function requireAgreement(
  paths: readonly string[],
  hashed: readonly { path: string; sha256: string }[],
): void {
  const theirs = sha256sum(paths.slice(0, hashed.length));
  const sorted = (lines: readonly string[]): string =>
    createHash('sha256')
      .update([...lines].sort().join('\n'))
      .digest('hex');
  const ours = hashed.map(({ path, sha256 }) => `${sha256}  ${path}`);
  if (sorted(ours) !== sorted(theirs.trim().split('\n'))) throw new Error('bench and sha256sum disagree');
}

/** Pasted into docs/accuracy.md as it stands, so Markdown. */
function render(report: Awaited<ReturnType<typeof measure>>): string {
  const head =
    '| way | s, median (best .. worst) | CPU s | GB/s | files/s |\n| --- | --- | --- | --- | --- |';
  const rows = report.results.map(
    ({ name, medianS, bestS, worstS, cpuS, bytesPerS, filesPerS }) =>
      `| ${name} | ${medianS.toFixed(2)} (${bestS.toFixed(2)} .. ${worstS.toFixed(2)}) | ${cpuS.toFixed(2)} | ${gb(bytesPerS)} | ${Math.round(filesPerS)} |`,
  );
  const { cpu, cores, memoryGiB, kernel, node } = report.machine;
  const { bytesPerS, unchangedS } = report.goals;
  return [
    `${cpu}${report.sha ? ' (SHA instructions)' : ''}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; load ${report.load1Before} before, steal ${report.stealPercent.toFixed(1)} %.`,
    `${report.files} files, ${gb(report.bytes)} GB, ${report.runs} runs, page cache warm.`,
    '',
    head,
    ...rows,
    '',
    `Goals: at least ${gb(bytesPerS.goal)} GB/s with nothing remembered: ${met(bytesPerS)}; under ${unchangedS.goal} s when nothing changed: ${met(unchangedS)}.`,
    '',
  ].join('\n');
}

function met({ isMet }: { readonly isMet: boolean }): string {
  return isMet ? 'met' : 'missed';
}

function gb(bytes: number): string {
  return (bytes / 1e9).toFixed(2);
}

function fail(code: number, text: string): number {
  process.stderr.write(`${text}\n`);
  return code;
}
