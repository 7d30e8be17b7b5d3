import type { Spread } from '../compare.ts';
import type { Cell } from '../plan.ts';
import type { PeerLine } from './errors.ts';
import type { PeerName } from './plan.ts';

/** One line of the result: a client under a load. `foreignCpuPct` is the mean over rounds. */
export interface Result extends PeerLine {
  readonly client: PeerName;
  readonly streams: number;
  readonly mode: Cell['mode'];
  readonly foreignCpuPct: number;
}

/** The errors of every client under every load, ms. Pasted into docs/accuracy.md as it stands, so Markdown. */
export function peerErrorTable(results: readonly Result[]): string {
  return markdown(
    [
      'streams',
      'client',
      'TTFT error p50 / p99 / max',
      'TTFT reads long by p50',
      'mean ITL error p50 / p99',
      'gap error p50 / p99',
    ],
    results.map((result) => [
      label(result),
      result.client,
      ms(result.ttft, 'p50', 'p99', 'max'),
      result.ttftBias.toFixed(2),
      ms(result.itl, 'p50', 'p99'),
      ms(result.gap, 'p50', 'p99'),
    ]),
  );
}

/** What a user of each client reads beside what was true, and what must be known to judge it. */
export function peerContextTable(results: readonly Result[]): string {
  return markdown(
    [
      'streams',
      'client',
      'TTFT read p50 / p99',
      'TTFT true p50 / p99',
      'load held',
      'TTFT error p99, round by round',
      'n',
      'not in export',
      'foreign CPU',
    ],
    results.map((result) => [
      label(result),
      result.client,
      ms(result.readTtft, 'p50', 'p99'),
      ms(result.trueTtft, 'p50', 'p99'),
      `${(100 * result.held).toFixed(0)} %`,
      result.rounds.map(({ p99 }) => p99.toFixed(2)).join(', '),
      String(result.n),
      String(result.missing),
      `${result.foreignCpuPct.toFixed(0)} %`,
    ]),
  );
}

function label({ streams, mode }: Result): string {
  return streams === 1 ? '1' : `${streams} ${mode}`;
}

function ms(spread: Spread, ...keys: readonly ('p50' | 'p99' | 'max')[]): string {
  return spread.n === 0 ? '-' : keys.map((key) => spread[key].toFixed(2)).join(' / ');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const draw = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [draw(head), draw(widths.map((width) => '-'.repeat(width))), ...rows.map(draw)].join('\n');
}
