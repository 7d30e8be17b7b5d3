import type { Row } from '../ledger/row.ts';
import type { Summary } from '../stats/summary.ts';
import { plural } from '../units.ts';
import { reasonMeaning } from './meanings.ts';
import type { Paint } from './style.ts';
import { labelled, printable, textWidth, wrap } from './text.ts';

/** A row's first lines: which it is, its status with the reason in words, and its description. */
export function headLines(
  row: Pick<Row, 'iter' | 'status' | 'reason' | 'description'>,
  columns: number,
  paint: Paint,
): string[] {
  const reason = printable(row.reason ?? '');
  const head = `${paint.strong(`iter-${row.iter}`)}  ${paintStatus(row.status, paint)}`;
  const margin = textWidth(head) + 2;
  const [first, ...more] = wrap(reason, Math.max(20, columns - margin));
  return [
    first === undefined ? head : `${head}  ${first}`,
    ...more.map((line) => `${' '.repeat(margin)}${line}`),
    ...wrap(reasonMeaning(reason), columns).map(paint.faint),
    ...wrap(printable(row.description ?? ''), columns),
  ];
}

/** A status in its colour; an empty one is `not judged`. */
export function paintStatus(status: Row['status'], paint: Paint): string {
  if (status === 'keep') return paint.good(status);
  if (status === 'crash') return paint.bad(status);
  return status === 'discard' ? paint.warn(status) : paint.faint('not judged');
}

/** What was measured: engine, model, hardware, workload. */
export function subjectLines(
  row: Pick<Row, 'engine' | 'engine_version' | 'artifact' | 'model' | 'hardware' | 'workload'>,
  summary: Pick<Summary, 'queries' | 'rounds' | 'launches'> | null,
  columns: number,
): string[] {
  const engine = [row.engine, row.engine_version, row.artifact].filter((part) => part !== null).join(' ');
  return [
    ...labelled('engine', printable(engine), columns),
    ...labelled('model', printable(row.model ?? ''), columns),
    ...labelled('hardware', printable(row.hardware ?? ''), columns),
    ...labelled(...asked(row.workload, summary), columns),
  ];
}

/** Nothing was asked where nothing was measured: then the workload alone is named. */
function asked(workload: Row['workload'], summary: Parameters<typeof shape>[0] | null): [string, string] {
  if (summary === null) return ['workload', workload ?? ''];
  return ['asked', [shape(summary), ...(workload === null ? [] : [`workload ${workload}`])].join(', ')];
}

function shape({ queries, rounds, launches }: Pick<Summary, 'queries' | 'rounds' | 'launches'>): string {
  const counts = [
    plural(queries, 'query', 'queries'),
    plural(rounds, 'round'),
    plural(launches, 'launch', 'launches'),
  ];
  return `${counts.join(' × ')} at batch size 1`;
}
