import { plural } from '../units.ts';
import type { LedgerCheck } from '../verify.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { printable, wrap } from './text.ts';

type Remark = LedgerCheck['problems'][number];

/** Beyond so many the rest is counted: the JSON has them all. */
const mostLines = 200;
/** Rows named in a note that many rows share. */
const mostNamed = 6;

/** `bench ledger verify`: each problem with what to do, what is worth knowing, and the sum. Ends with a newline. */
export function verifyText(check: LedgerCheck, options: ReportOptions): string {
  const paint = paintWith(options.color);
  const { problems, notes, rows } = check;
  const told = problems.slice(0, mostLines);
  const lines = [
    ...told.flatMap((problem) => remarkLines(nameOf(problem), problem, options.columns, paint.bad)),
    ...(told.length < problems.length
      ? [`... and ${problems.length - told.length} more (--json has all)`]
      : []),
    ...grouped(notes).flatMap(({ names, note }) => remarkLines(names, note, options.columns, paint.warn)),
    ...sumLines(check).flatMap((line) => wrap(line, options.columns)),
    problems.length === 0
      ? paint.good(`${plural(rows, 'row')}: no problem.`)
      : paint.bad(`${plural(rows, 'row')}: ${plural(problems.length, 'problem')}.`),
  ];
  return `${lines.join('\n')}\n`;
}

function remarkLines(
  name: string,
  { what, todo }: Pick<Remark, 'what' | 'todo'>,
  columns: number,
  color: Paint['bad'],
): string[] {
  const text = printable(`${name}: ${what}${todo === '' ? '' : `; ${todo}`}`);
  const [first = '', ...more] = wrap(text, columns - 2);
  const head = first.startsWith(`${name}:`) ? `${color(`${name}:`)}${first.slice(name.length + 1)}` : first;
  return [head, ...more.map((line) => `  ${line}`)];
}

/** Notes that say the same of several rows become one. */
function grouped(notes: readonly Remark[]): { names: string; note: Remark }[] {
  return [...byText(notes).values()].flatMap((group) => {
    const [note] = group;
    if (note === undefined) return [];
    const names = group.slice(0, mostNamed).map(nameOf).join(', ');
    const rest = group.length - mostNamed;
    return [{ note, names: rest > 0 ? `${names} and ${rest} more` : names }];
  });
}

function sumLines({ records, resolved, expIds, rows }: LedgerCheck): string[] {
  const places = (Object.entries(resolved) as [keyof typeof resolved, number][]).flatMap(([where, count]) =>
    count === 0 ? [] : [`${count} ${words[where]}`],
  );
  const not = Object.entries(expIds.not).map(([because, count]) => `${count} not, because ${because}`);
  return rows === 0
    ? []
    : [
        `Records: ${records} read.`,
        `YAML: ${places.join(', ')}.`,
        `exp_id: ${[`${expIds.recomputed} computed again`, ...not].join('; ')}.`,
      ];
}

const words: { readonly [Where in keyof LedgerCheck['resolved']]: string } = {
  commit: 'in their commit',
  'other-commit': 'in another commit',
  record: 'in their record alone',
  objects: 'in no commit, but among the objects of git',
  'never-kept': 'never kept',
  nowhere: 'nowhere',
};

function nameOf({ iter }: Remark): string {
  return iter === null ? 'ledger' : `iter-${iter}`;
}

function keyOf({ what, todo }: Remark): string {
  return `${what};${todo}`;
}

function byText(notes: readonly Remark[]): Map<string, Remark[]> {
  const groups = new Map<string, Remark[]>();
  for (const note of notes) {
    const group = groups.get(keyOf(note));
    if (group === undefined) groups.set(keyOf(note), [note]);
    else group.push(note);
  }
  return groups;
}
