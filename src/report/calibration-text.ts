import type { CalibrationFile } from '../ledger/calibration.ts';
import { formatDuration, plural, significant } from '../units.ts';
import { paintWith, type ReportOptions } from './style.ts';
import { drawTable, type TableColumn } from './table.ts';
import { labelled, printable, wrap } from './text.ts';
import { signed } from './verdict-sentence.ts';

/** What `bench calibrate` shows. */
export interface CalibrationReport {
  readonly files: readonly (CalibrationFile & { readonly path: string })[];
  readonly judged: string;
  readonly dropped: readonly string[];
  readonly notes: readonly string[];
  readonly bundle: string;
  readonly commit: string;
  readonly durationMs: number;
}

/** The screen after `bench calibrate`: floor and MDE of each metric, where the noise comes from, where it is kept. */
export function calibrationText(report: CalibrationReport, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { columns } = options;
  const { files, judged, dropped, durationMs } = report;
  const main = files.find(({ metric }) => metric === judged) ?? files[0];
  if (main === undefined) return 'No metric had a value.\n';
  const pairs = main.effects.length;
  const lines = [
    ...wrap(
      paint.strong(`floor of ${main.metric} ${significant(main.floorPct, 2)} %`) +
        `: a pair of equal launches lies within it 95 times of 100 (${plural(pairs, 'pair')} of ${printable(main.config)} with itself)`,
      columns,
    ),
    '',
    ...floorTable(files, columns - 2, paint.faint).map((line) => `  ${line}`.trimEnd()),
    '',
    ...labelled('finds', mdeText(main), columns),
    ...labelled('noise', sharesText(main), columns),
    ...labelled('drift', driftText(main), columns),
    ...labelled('course', courseText(main), columns),
    ...labelled('pairs', main.effects.map((effect) => signed(100 * Math.expm1(effect))).join(', '), columns),
    ...dropped.flatMap((text) => labelled('dropped', printable(text), columns)),
    ...labelled(
      'took',
      `${formatDuration(durationMs)}, ${significant(main.launchSeconds, 3)} s a launch`,
      columns,
    ),
    '',
    ...labelled(
      'valid',
      `7 days, on this machine (${main.fingerprint}), for ${printable(main.engine)} with ${printable(main.model)} and ${plural(main.rounds, 'round')}; it also ends when later pairs spread more`,
      columns,
    ),
    ...labelled('kept in', main.path, columns),
    ...labelled('bundle', report.bundle, columns),
    ...labelled('commit', report.commit, columns),
    ...report.notes.flatMap((note) => ['', ...wrap(printable(note), columns)]),
  ];
  return `${lines.join('\n')}\n`;
}

function floorTable(
  files: CalibrationReport['files'],
  width: number,
  faint: (text: string) => string,
): string[] {
  const column = (
    head: string,
    cell: (file: CalibrationFile) => string,
    align: TableColumn['align'] = 'right',
  ): TableColumn => ({ head, align, cells: files.map(cell) });
  return drawTable(
    [
      column('metric', ({ metric }) => metric, 'left'),
      column('floor %', ({ floorPct }) => significant(floorPct, 2)),
      { ...column('pair sd %', ({ variance }) => significant(100 * Math.sqrt(variance), 2)), drop: 2 },
      { ...column('95 % of |pairs|', ({ p95AbsolutePct }) => significant(p95AbsolutePct, 2)), drop: 1 },
      column('8 pairs find %', ({ mdePct }) => found(mdePct['8'])),
    ],
    width,
    faint,
  );
}

function mdeText({ mdePct, metric }: CalibrationFile): string {
  const cells = Object.entries(mdePct).map(
    ([pairs, value]) => `${pairs}: ${value === null ? 'no keep' : `${found(value)} %`}`,
  );
  return `${metric} by pairs, in 8 of 10 runs: ${cells.join(', ')}`;
}

function found(value: number | null | undefined): string {
  return value == null ? '-' : significant(value, 2);
}

function sharesText({ shares, rounds }: CalibrationFile): string {
  if (shares === null) return 'cannot be told apart';
  const part = (name: string, share: number | null, what: string): string =>
    share === null
      ? `${name} cannot be told with ${plural(rounds, 'round')}`
      : `${name} ${Math.round(100 * share)} % (${what})`;
  return [
    part('launch', shares.launch, 'more launches help'),
    part('round', shares.round, 'more rounds help'),
    part('query', shares.query, 'more rounds or queries help'),
  ].join(', ');
}

function driftText({ drift, floorPct }: CalibrationFile): string {
  if (drift === null) return '';
  const chance = drift.p < 0.05 ? 'not chance' : 'may be chance';
  const large =
    Math.abs(drift.changePct) > floorPct && drift.p < 0.05
      ? '; the machine is not settled: calibrate again'
      : '';
  return `${signed(drift.changePct)} % over the session (p ${significant(drift.p, 2)}: ${chance})${large}`;
}

function courseText({ warmUp }: CalibrationFile): string {
  const counts = Object.entries(warmUp).map(([word, count]) => `${word} ${count}`);
  return counts.length === 0
    ? 'too few requests in a launch to tell (10 are needed)'
    : `launches by course: ${counts.join(', ')}`;
}
