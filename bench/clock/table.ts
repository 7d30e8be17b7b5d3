import type { Spread } from './compare.ts';
import type { Ratio } from './goals.ts';
import type { Line } from './summarize.ts';

/** One line for each cell and client: errors in us. Pasted into docs/accuracy.md as it stands, so Markdown. */
export function errorTable(lines: readonly Line[]): string {
  const head = [
    'streams',
    'client',
    'TTFT error p50 / p99 / max',
    'gap error p50 / p99',
    'stamp - send p50 / p99',
    'cold TTFT error p50 / max',
    'CPU per token',
    'loop delay p50 / p99',
  ];
  const rows = lines.map((line) => [
    label(line),
    line.client,
    us(line.warm.ttftUs, 'p50', 'p99', 'max'),
    us(line.warm.gapUs, 'p50', 'p99'),
    us(line.warm.chunkUs, 'p50', 'p99'),
    us(line.coldTtftUs, 'p50', 'max'),
    line.cpuPerTokenUs.toFixed(1),
    line.loopDelayMs === null
      ? '-'
      : `${line.loopDelayMs.p50.toFixed(1)} / ${line.loopDelayMs.p99.toFixed(1)} ms`,
  ]);
  return markdown(head, rows);
}

/** The engine's own lateness and how well its stamps are known, over all clients of a load. */
export function engineTable(lines: readonly Line[]): string {
  const head = [
    'streams',
    'client',
    'late p50 / p99',
    'write p50 / p99',
    'n TTFT',
    'n gaps',
    'foreign CPU',
    'steal',
  ];
  const rows = lines.map((line) => [
    label(line),
    line.client,
    us(line.warm.jitterUs, 'p50', 'p99'),
    us(line.warm.writeUs, 'p50', 'p99'),
    String(line.warm.ttftUs.n),
    String(line.warm.gapUs.n),
    `${line.foreignCpuPct.toFixed(0)} %`,
    `${line.stealPct.toFixed(1)} %`,
  ]);
  return markdown(head, rows);
}

/** bench's client against the floor and the raw net client: pooled ratio, and in brackets the median of the rounds'. */
export function ratioTable(all: readonly Ratio[]): string {
  const columns = ['ttftUs p50', 'ttftUs p99', 'gapUs p50', 'gapUs p99', 'chunkUs p50', 'chunkUs p99'];
  const names = ['TTFT p50', 'TTFT p99', 'gap p50', 'gap p99', 'stamp p50', 'stamp p99'];
  const rows = [...groupRatios(all)].map(([name, group]) => {
    const cells = columns.map((column) => group.find((it) => `${it.error} ${it.at}` === column));
    return [...name.split('|'), ...cells.map((it) => (it === undefined ? '' : ratioCell(it)))];
  });
  return markdown(['streams', 'client / yardstick', 'goal', ...names], rows);
}

function groupRatios(all: readonly Ratio[]): Map<string, Ratio[]> {
  const groups = new Map<string, Ratio[]>();
  for (const it of all) {
    const goal = all.find((other) => sameRow(it, other) && other.limit !== null)?.limit;
    const key = [label(it), `${it.client} / ${it.against}`, goal === undefined ? '' : `<= ${goal}x`].join(
      '|',
    );
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  return groups;
}

function sameRow(a: Ratio, b: Ratio): boolean {
  return a.streams === b.streams && a.mode === b.mode && a.against === b.against;
}

function ratioCell({ ratio, perRound, met }: Ratio): string {
  const verdict = met === null ? '' : met ? ' met' : ' missed';
  return `${ratio.toFixed(2)}x (${perRound.median.toFixed(2)}x)${verdict}`;
}

function label({ streams, mode }: { readonly streams: number; readonly mode: string }): string {
  return streams === 1 ? '1' : `${streams} ${mode}`;
}

function us(spread: Spread, ...keys: readonly ('p50' | 'p99' | 'max')[]): string {
  return keys.map((key) => spread[key].toFixed(0)).join(' / ');
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const draw = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [draw(head), draw(widths.map((width) => '-'.repeat(width))), ...rows.map(draw)].join('\n');
}
