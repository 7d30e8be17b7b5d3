/** `npm run bench:proxy`: what the proxy adds to a chunk and to a request, beside nginx, and its memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Binaries, compileC } from '../clock/compile.ts';
import { load1, machine } from '../clock/machine.ts';
import { cellsFor, type Mode, pace } from '../clock/plan.ts';
import { type MemoryResult, watchMemory } from './memory.ts';
import { nginxVersion, openPaths } from './paths.ts';
import { pathNames, steps } from './plan.ts';
import { runStep, type StepResult } from './run-step.ts';
import { ratios, summarize } from './summarize.ts';
import { latencyTable, ratioTable } from './table.ts';

const usage = `usage: npm run bench:proxy -- [--streams 1,16,64] [--modes burst,staggered] [--rounds 5] [--quick] [--no-memory] [--json]
  --quick      fewer requests and two rounds
  --no-memory  leave the 200,000 chunks out
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  const binaries = compileC();
  if (binaries === null) {
    process.stderr.write('No C compiler (cc) here. The engine and the client are C programs: install gcc.\n');
    return 5;
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-proxy-'));
  const paths = await openPaths(folder);
  try {
    await measure(options, binaries, { folder, paths });
  } finally {
    await paths.close();
    rmSync(folder, { recursive: true });
  }
  return 0;
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

async function measure(
  options: Options,
  binaries: Binaries,
  place: { readonly folder: string; readonly paths: Awaited<ReturnType<typeof openPaths>> },
): Promise<void> {
  const nginx = nginxVersion();
  const names = nginx === null ? pathNames.filter((name) => name !== 'nginx') : pathNames;
  const cells = cellsFor(options.streams, options.modes, options.quick);
  const plan = steps(cells, names, options.rounds);
  const bench = { ...place, binaries };
  const startedAt = new Date().toISOString();
  const loadBefore = load1();
  const results: StepResult[] = [];
  for (const [i, step] of plan.entries()) {
    const { streams, mode } = step.cell;
    process.stderr.write(
      `${i + 1}/${plan.length} round ${step.round + 1}, ${streams} streams ${mode}, ${step.path}\n`,
    );
    results.push(await runStep(step, bench));
  }
  if (options.memory) process.stderr.write('memory\n');
  const memory = options.memory ? await watchMemory(bench) : null;
  const lines = summarize(results, cells, names);
  const report = {
    machine: machine(binaries.compiler),
    nginx,
    startedAt,
    load1: { before: loadBefore, after: load1() },
    pace,
    rounds: options.rounds,
    lines,
    ratios: ratios(lines, results),
    memory,
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
}

interface Report {
  readonly machine: ReturnType<typeof machine>;
  readonly nginx: string | null;
  readonly startedAt: string;
  readonly load1: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly lines: ReturnType<typeof summarize>;
  readonly ratios: ReturnType<typeof ratios>;
  readonly memory: MemoryResult | null;
}

function render(report: Report): string {
  const { machine: host, load1: load, memory } = report;
  return [
    `${host.cpu}, ${host.cores} cores, ${host.memoryGiB} GiB, Linux ${host.kernel}, Node ${host.node}, ${report.nginx ?? 'no nginx'}, ${host.compiler}`,
    `${report.startedAt}; load ${load.before} before, ${load.after} after; ${report.rounds} rounds; ` +
      `${pace.tokens} tokens a request at ${1000 / pace.itlMs}/s a stream, first one after ${pace.ttftMs} ms`,
    '',
    'Medians over rounds, us; added: over the direct path of the same round',
    latencyTable(report.lines),
    '',
    report.nginx === null
      ? 'nginx is not installed (Debian: nginx-light): the goal against it was not judged.'
      : `The proxy's added latency over nginx's (in brackets the whole latencies: median, lowest and highest round)\n${ratioTable(report.ratios)}`,
    '',
    memory === null ? '' : memoryText(memory),
    '',
  ].join('\n');
}

function memoryText({ chunks, rssMiB, earlyMiB, lateMiB }: MemoryResult): string {
  const course = rssMiB.map((value) => value.toFixed(0)).join(', ');
  return `Memory over ${chunks} chunks, MiB at tenths of the run: ${course}; second quarter ${earlyMiB.toFixed(1)}, last ${lateMiB.toFixed(1)}`;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        streams: { type: 'string', default: '1,16,64' },
        modes: { type: 'string', default: 'burst,staggered' },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        'no-memory': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const streams = values.streams.split(',').map(Number);
    const modes = values.modes
      .split(',')
      .filter((mode): mode is Mode => mode === 'burst' || mode === 'staggered');
    const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
    const isWhole = [...streams, rounds].every((count) => Number.isInteger(count) && count > 0);
    if (!isWhole || modes.length === 0) return null;
    return { streams, modes, rounds, quick: values.quick, json: values.json, memory: !values['no-memory'] };
  } catch {
    return null;
  }
}
