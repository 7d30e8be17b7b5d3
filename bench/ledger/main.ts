/** `npm run bench:ledger`: how long bench takes to read, show and check a long ledger, and how much memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../clock/compare.ts';
import { checkoutRoot } from '../clock/compile.ts';
import { type LedgerSize, makeLedger, templateRecord } from './make.ts';

const mostMb = 300;

/** A command, the most it may take, and how it may end: verify finds rows without a record. */
const commands: readonly (readonly [args: readonly string[], mostS: number, codes: readonly number[]])[] = [
  [['ledger', 'list'], 3, [0]],
  [['ledger', 'list', '--current', '--sort', '-value', '--last', '20'], 3, [0]],
  [['ledger', 'list', '--json'], 3, [0]],
  [['ledger', 'list', '--csv'], 3, [0]],
  [['show', 'iter-0'], 3, [0]],
  [['show', 'NEWEST'], 3, [0]],
  [['ledger', 'board'], 3, [0]],
  [['ledger', 'verify'], 120, [0, 5]],
];

/** What one command took. */
interface Taken {
  readonly command: string;
  readonly mostS: number;
  readonly medianS: number;
  /** The largest of all runs, of bench's own process; git's are beside it. */
  readonly peakMb: number;
}

/** The process itself tells its peak when it ends: a look from outside would come too early. */
const tellPeak =
  'data:text/javascript,import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';

process.exitCode = main();

function main(): number {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '100000' },
      records: { type: 'string', default: '300' },
      commits: { type: 'string', default: '2000' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const [rows, records, commits, runs] = [values.rows, values.records, values.commits, values.runs].map(
    Number,
  );
  const size = { rows: rows ?? 0, records: records ?? 0, commits: commits ?? 0 };
  if (![...Object.values(size), runs].every((one) => Number.isInteger(one) && Number(one) > 0)) {
    process.stderr.write(
      'usage: npm run bench:ledger -- [--rows 100000] [--records 300] [--commits 2000] [--runs 3] [--json]\n',
    );
    return 2;
  }
  const root = mkdtempSync(join(tmpdir(), 'bench-ledger-'));
  try {
    process.stderr.write(`writes a ledger of ${size.rows} rows to ${root}, and removes it at the end\n`);
    makeLedger(root, size, templateRecord(checkoutRoot()));
    const bytes = statSync(join(root, 'bench_results.tsv')).size;
    const taken = measure(root, size, Number(runs));
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ...size, bytes, mostMb, taken }, null, 2)}\n`
        : render(taken, size, bytes, Number(runs)),
    );
    return taken.every(isMet) ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function measure(root: string, size: LedgerSize, runs: number): Taken[] {
  return commands.map(([args, mostS, codes]) => {
    const words = args.map((word) => (word === 'NEWEST' ? `iter-${size.rows - 1}` : word));
    process.stderr.write(`bench ${words.join(' ')}\n`);
    const results = Array.from({ length: runs }, () => runBench(root, words, codes));
    return {
      command: `bench ${words.join(' ')}`,
      mostS,
      medianS: median(results.map(({ seconds }) => seconds)),
      peakMb: Math.max(...results.map(({ peakMb }) => peakMb)),
    };
  });
}

function runBench(
  root: string,
  args: readonly string[],
  codes: readonly number[],
): { seconds: number; peakMb: number } {
  const main = join(checkoutRoot(), 'dist/src/main.js');
  const from = process.hrtime.bigint();
  const ended = spawnSync(process.execPath, [`--import=${tellPeak}`, main, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  if (ended.status === null || !codes.includes(ended.status))
    throw new Error(`bench ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  return { seconds, peakMb: Number(ended.output[3]) / 1024 };
}

function isMet({ medianS, mostS, peakMb }: Taken): boolean {
  return medianS <= mostS && peakMb <= mostMb;
}

function render(taken: readonly Taken[], size: LedgerSize, bytes: number, runs: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = taken.map((one) =>
    line([
      `\`${one.command}\``,
      `${one.medianS.toFixed(2)} s`,
      `${one.mostS} s`,
      `${one.peakMb.toFixed(0)} MB`,
      `${mostMb} MB`,
      isMet(one) ? 'met' : 'missed',
    ]),
  );
  return [
    `${size.rows} rows (${(bytes / 1e6).toFixed(0)} MB), ${size.records} records, ${size.commits} commits; median of ${runs} runs, the largest peak.`,
    '',
    line(['command', 'time', 'goal', 'peak memory', 'goal', '']),
    line(['---', '---:', '---:', '---:', '---:', '---']),
    ...rows,
    '',
  ].join('\n');
}
