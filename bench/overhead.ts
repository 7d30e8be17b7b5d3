/** `npm run bench:help`: how much `bench --help` takes beyond the start of node itself. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './clock/compare.ts';
import { checkoutRoot } from './clock/compile.ts';

/** Goal: below this much beyond node's own start. */
const limitMs = 80;

/** One way to start something, and how long each start took. */
interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly takenMs: number[];
}

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    process.stderr.write('usage: npm run bench:help -- [--runs 20] [--json]\n');
    return 2;
  }
  const root = checkoutRoot();
  const contenders = [
    contender('node -e 0', process.execPath, ['-e', '0']),
    contender('node dist/src/main.js --help', process.execPath, [join(root, 'dist/src/main.js'), '--help']),
    contender('bin/bench --help', join(root, 'bin/bench'), ['--help']),
  ];
  // One untimed start each: a launcher may build the checkout first, and the files get into the page cache.
  const broken = contenders.find((it) => start(it) !== 0);
  if (broken !== undefined) {
    process.stderr.write(`${broken.name} does not run here: build the checkout first (npm run build).\n`);
    return 5;
  }
  for (let run = 0; run < runs; run += 1) {
    const turned = [...contenders.slice(run % 3), ...contenders.slice(0, run % 3)];
    for (const it of turned) time(it);
  }
  process.stdout.write(
    values.json ? `${JSON.stringify(report(contenders), null, 2)}\n` : render(contenders, runs),
  );
  return 0;
}

function contender(name: string, command: string, args: readonly string[]): Contender {
  return { name, command, args, takenMs: [] };
}

function start(it: Contender): number | null {
  return spawnSync(it.command, it.args, { stdio: 'ignore' }).status;
}

function time(it: Contender): void {
  const from = process.hrtime.bigint();
  const status = start(it);
  if (status !== 0) throw new Error(`${it.name} ended with ${status}`);
  it.takenMs.push(Number(process.hrtime.bigint() - from) / 1e6);
}

/** Medians, and what they are beyond the first contender's. */
function report(contenders: readonly Contender[]) {
  const nodeMs = median(contenders[0]?.takenMs ?? []);
  return contenders.map(({ name, takenMs }) => {
    const medianMs = median(takenMs);
    const beyondNodeMs = medianMs - nodeMs;
    return { name, medianMs, beyondNodeMs, ratio: medianMs / nodeMs, isWithin: beyondNodeMs < limitMs };
  });
}

function render(contenders: readonly Contender[], runs: number): string {
  const lines = report(contenders).map(
    ({ name, medianMs, beyondNodeMs, ratio }) =>
      `${name.padEnd(30)} ${medianMs.toFixed(1).padStart(7)} ms  +${beyondNodeMs.toFixed(1)} ms  ${ratio.toFixed(2)}x`,
  );
  const within = report(contenders).every((it) => it.isWithin);
  return [
    ...lines,
    `median of ${runs}, interleaved; goal: below +${limitMs} ms: ${within ? 'met' : 'missed'}`,
    '',
  ].join('\n');
}
