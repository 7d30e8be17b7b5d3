/** `npm run bench:clock`: how far bench's clock is from the truth, beside a C client and other Node clients. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Binaries, compileC } from './compile.ts';
import { ratios, warnings } from './goals.ts';
import { load1, machine } from './machine.ts';
import { type ClientName, cellsFor, clientNames, type Mode, pace, type Step, steps } from './plan.ts';
import { runStep, type StepResult } from './run-step.ts';
import { summarize } from './summarize.ts';
import { engineTable, errorTable, ratioTable } from './table.ts';

const usage = `usage: npm run bench:clock -- [--streams 1,16,64] [--modes burst,staggered] [--clients floor,net,http,undici,bench]
                              [--rounds 5] [--quick] [--json] [--raw FOLDER]
  --quick   fewer requests and two rounds: about four minutes instead of about eighteen
  --raw     keep the stamps of engine and clients, one file a process
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
    process.stderr.write(
      'No C compiler (cc) here. The pacing engine and the floor are C programs: install gcc.\n',
    );
    return 5;
  }
  const folder = options.raw ?? mkdtempSync(join(tmpdir(), 'bench-clock-'));
  mkdirSync(folder, { recursive: true });
  try {
    await measure(options, binaries, folder);
  } finally {
    if (options.raw === null) rmSync(folder, { recursive: true });
  }
  return 0;
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

async function measure(options: Options, binaries: Binaries, folder: string): Promise<void> {
  const { clients, rounds } = options;
  const cells = cellsFor(options.streams, options.modes, options.quick);
  const plan = steps(cells, clients, rounds);
  const startedAt = new Date().toISOString();
  const loadBefore = load1();
  const results: StepResult[] = [];
  for (const [i, step] of plan.entries()) {
    process.stderr.write(`${i + 1}/${plan.length} ${describe(step)}\n`);
    results.push(await runStep(step, binaries, folder));
  }
  const lines = summarize(results, cells, clients);
  const report = {
    machine: machine(binaries.compiler),
    startedAt,
    load1: { before: loadBefore, after: load1() },
    pace,
    rounds,
    lines,
    ratios: ratios(lines),
    warnings: warnings(lines),
  };
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
}

function describe({ round, cell, client }: Step): string {
  return `round ${round + 1}, ${cell.streams} streams ${cell.mode}, ${client}`;
}

interface Report {
  readonly machine: ReturnType<typeof machine>;
  readonly startedAt: string;
  readonly load1: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly lines: ReturnType<typeof summarize>;
  readonly ratios: ReturnType<typeof ratios>;
  readonly warnings: readonly string[];
}

function render(report: Report): string {
  const { machine: host, load1: load, lines } = report;
  return [
    `${host.cpu}, ${host.cores} cores, ${host.memoryGiB} GiB, Linux ${host.kernel}, Node ${host.node}, ${host.compiler}`,
    `${report.startedAt}; load ${load.before} before, ${load.after} after; ${report.rounds} rounds; ` +
      `${pace.tokens} tokens a request at ${1000 / pace.itlMs}/s a stream, first one after ${pace.ttftMs} ms`,
    '',
    'Errors in us; warm unless named cold',
    errorTable(lines),
    '',
    'Ratios of errors: all rounds pooled (median of the rounds)',
    ratioTable(report.ratios),
    '',
    'The engine itself in us, and what else ran',
    engineTable(lines),
    '',
    ...report.warnings.map((warning) => `warning: ${warning}`),
    '',
  ].join('\n');
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        streams: { type: 'string', default: '1,16,64' },
        modes: { type: 'string', default: 'burst,staggered' },
        clients: { type: 'string', default: clientNames.filter(isBuilt).join(',') },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        raw: { type: 'string' },
      },
    });
    const streams = values.streams.split(',').map(Number);
    const clients = values.clients.split(',').filter(isClient);
    const modes = values.modes
      .split(',')
      .filter((mode): mode is Mode => mode === 'burst' || mode === 'staggered');
    const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
    const counts = [...streams, rounds];
    const isComplete = clients.length > 0 && modes.length > 0;
    if (!isComplete || !counts.every((count) => Number.isInteger(count) && count > 0)) return null;
    const raw = values.raw === undefined ? null : resolve(values.raw);
    return { streams, clients, modes, rounds, quick: values.quick, json: values.json, raw };
  } catch {
    return null;
  }
}

function isClient(name: string): name is ClientName {
  return (clientNames as readonly string[]).includes(name);
}

function isBuilt(name: ClientName): boolean {
  return name === 'floor' || existsSync(join(dirname(fileURLToPath(import.meta.url)), `client-${name}.js`));
}
