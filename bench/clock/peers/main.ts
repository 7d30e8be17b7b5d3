/** `npm run bench:peers`: the TTFT and ITL of GuideLLM and AIPerf beside the truth, and bench's in the same sitting. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binaries, compileC } from '../compile.ts';
import { load1 } from '../machine.ts';
import { cellsFor } from '../plan.ts';
import { install, removeUnfinished } from './install.ts';
import { type Options, readOptions, usage } from './options.ts';
import { type PeerName, type PeerStep, peerSteps } from './plan.ts';
import { endAll, killAll } from './processes.ts';
import { render, report } from './report.ts';
import { type PeerStepResult, runPeerStep } from './run-step.ts';
import { progress } from './say.ts';

/** What goes on until the end of the command. */
interface Sitting {
  readonly options: Options;
  readonly binaries: Binaries;
  readonly scratch: string;
  readonly python: Map<PeerName, string>;
  /** A sentence for each peer that is not there and each run that failed. */
  readonly warnings: string[];
  /** The exit code once a signal has come. */
  stopCode: number | null;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  const binaries = compileC();
  if (binaries === null) {
    process.stderr.write('No C compiler (cc) here. The pacing engine is a C program: install gcc.\n');
    return 5;
  }
  const scratch = options.raw ?? mkdtempSync(join(tmpdir(), 'peers-'));
  mkdirSync(scratch, { recursive: true });
  const sitting: Sitting = { options, binaries, scratch, python: new Map(), warnings: [], stopCode: null };
  stopOnSignal(sitting);
  try {
    return await measure(sitting);
  } finally {
    await endAll();
    removeUnfinished();
    if (options.raw === null) rmSync(scratch, { recursive: true, force: true });
    if (sitting.stopCode !== null) progress.end('interrupted; nothing is left running');
  }
}

/** The first signal ends what runs and lets the command unwind; the second waits for nothing. */
function stopOnSignal(sitting: Sitting): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (sitting.stopCode !== null) {
        killAll();
        process.exit(code);
      }
      sitting.stopCode = code;
      void endAll();
    });
  }
}

async function measure(sitting: Sitting): Promise<number> {
  const { options, binaries, python, warnings } = sitting;
  await installAll(sitting);
  if (sitting.stopCode !== null) return sitting.stopCode;
  if (python.size === 0) {
    progress.end('No peer is there, so there is nothing to compare with.');
    return 5;
  }
  const startedAt = new Date().toISOString();
  const loadBefore = load1();
  const clients = options.clients.filter((name) => name === 'bench' || python.has(name));
  const results = await runAll(sitting, clients);
  if (sitting.stopCode !== null) return sitting.stopCode;
  const { rounds } = options;
  const done = report(results, {
    compiler: binaries.compiler,
    startedAt,
    loadBefore,
    clients,
    rounds,
    warnings,
  });
  process.stdout.write(options.json ? `${JSON.stringify(done, null, 2)}\n` : render(done));
  return results.length === 0 ? 1 : 0;
}

async function installAll(sitting: Sitting): Promise<void> {
  const { options, python, warnings } = sitting;
  for (const name of options.clients) {
    if (name === 'bench' || sitting.stopCode !== null) continue;
    const installed = await install(name, progress.show);
    if (sitting.stopCode !== null) return;
    if ('python' in installed) {
      python.set(name, installed.python);
      continue;
    }
    warnings.push(installed.why);
    progress.end(installed.why);
  }
}

async function runAll(sitting: Sitting, clients: readonly PeerName[]): Promise<PeerStepResult[]> {
  const { options, binaries, python, scratch, warnings } = sitting;
  const cells = cellsFor(options.streams, options.modes, options.quick);
  const steps = peerSteps(cells, clients, options.rounds);
  const results: PeerStepResult[] = [];
  const from = Date.now();
  for (const [i, step] of steps.entries()) {
    if (sitting.stopCode !== null) return [];
    progress.show(`${i + 1}/${steps.length} ${describe(step)}${timeLeft(from, i, steps.length)}`);
    try {
      results.push(await runPeerStep(step, { engine: binaries.engine, python }, scratch));
    } catch (error) {
      if (sitting.stopCode !== null) return [];
      const failure = `${describe(step)} failed and is left out: ${error instanceof Error ? error.message : error}`;
      warnings.push(failure);
      progress.end(failure);
    }
  }
  progress.end(`${steps.length} runs in ${Math.round((Date.now() - from) / 1000)} s`);
  return results;
}

function describe({ round, cell, client }: PeerStep): string {
  return `round ${round + 1}, ${cell.streams} streams ${cell.mode}, ${client}`;
}

function timeLeft(fromMs: number, done: number, all: number): string {
  if (done === 0) return '';
  return `, about ${Math.ceil(((Date.now() - fromMs) / done / 60_000) * (all - done))} min left`;
}
