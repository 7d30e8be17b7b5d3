import { goal, type Line, type Pair, type Ratio } from './summarize.ts';

/** One line for each load and path, as Markdown. Times in us. */
export function latencyTable(lines: readonly Line[]): string {
  const head = [
    'streams',
    'path',
    'chunk p50 / p99',
    'added',
    'request p50 / p99',
    'added',
    'CPU per chunk',
    'other work',
  ];
  const rows = lines.map((line) => [
    label(line),
    line.path,
    pair(line.chunk),
    line.added === null ? '-' : pair(line.added.chunk),
    pair(line.request),
    line.added === null ? '-' : pair(line.added.request),
    line.cpuPerChunkUs === null ? '-' : line.cpuPerChunkUs.toFixed(0),
    `${line.foreignCpuPct.toFixed(0)} %`,
  ]);
  return markdown(head, rows);
}

/** The proxy against nginx: added over added with the goal's verdict, in brackets the whole over the whole. */
export function ratioTable(all: readonly Ratio[]): string {
  const columns = [
    ['chunk', 'p50'],
    ['chunk', 'p99'],
    ['request', 'p50'],
    ['request', 'p99'],
  ] as const;
  const loads = [...new Set(all.map(label))];
  const rows = loads.map((load) => [
    load,
    ...columns.map(([what, at]) => {
      const it = all.find((ratio) => label(ratio) === load && ratio.what === what && ratio.at === at);
      return it === undefined ? '' : cell(it);
    }),
  ]);
  return markdown(['streams', ...columns.map(([what, at]) => `${what} ${at}, <= ${goal}x`)], rows);
}

function cell({ added, whole, lo, hi, isMet }: Ratio): string {
  const rounds = `(${whole.toFixed(2)}x; ${lo.toFixed(2)} to ${hi.toFixed(2)})`;
  return added === null ? `noise ${rounds}` : `${added.toFixed(2)}x ${isMet ? 'met' : 'missed'} ${rounds}`;
}

function label({ streams, mode }: { readonly streams: number; readonly mode: string }): string {
  return streams === 1 ? '1' : `${streams} ${mode}`;
}

function pair({ p50, p99 }: Pair): string {
  return `${p50.toFixed(0)} / ${p99.toFixed(0)}`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const draw = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [draw(head), draw(widths.map((width) => '-'.repeat(width))), ...rows.map(draw)].join('\n');
}
