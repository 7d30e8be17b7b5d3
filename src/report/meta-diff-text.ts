import type { MetaDiff, ReadSnapshot } from '../meta.ts';
import type { Difference } from '../snapshot/diff.ts';
import type { DiffGroup } from '../snapshot/diff-groups.ts';
import { plural } from '../units.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { hanging, printable, wrap } from './text.ts';

/** A group's heading and why it stands where it does. */
export type GroupWords = { readonly [group in DiffGroup]: { readonly title: string; readonly why: string } };

/** In a group that repeats what others say, more lines than these are only counted. */
const mostOf: { readonly [group: string]: number } = { stated: 8, unknown: 12, packages: 24, machine: 12 };

/** `bench meta diff`: groups, the likeliest to move a number first. Ends with a newline. */
export function metaDiffText(
  diff: MetaDiff,
  groups: GroupWords,
  options: ReportOptions & { readonly all: boolean },
): string {
  const paint = paintWith(options.color);
  const { columns, all } = options;
  const names = (Object.keys(groups) as DiffGroup[]).filter((name) =>
    diff.differences.some(({ group }) => group === name),
  );
  const lines = [
    ...sideLine('A', diff.a, columns, paint),
    ...sideLine('B', diff.b, columns, paint),
    ...names.flatMap((name) => [
      '',
      paint.strong(groups[name].title),
      ...wrap(groups[name].why, columns - 2).map((line) => `  ${paint.faint(line)}`),
      ...groupLines(name, diff.differences, columns, all),
    ]),
    ...noiseLines(diff.noise, columns, all, paint),
    '',
    ...wrap(sumUp(diff, all), columns),
  ];
  return `${lines.join('\n')}\n`;
}

function sideLine(side: string, snapshot: ReadSnapshot, columns: number, paint: Paint): string[] {
  const { name, runId, launch, notes, place } = snapshot;
  const known = [runId, launch === null ? null : `launch ${launch}`].filter((part) => part !== null);
  const text = printable(
    [name, ...(known.length > 0 ? known : [place === name ? '' : place])].join('  ').trim(),
  );
  return [
    `${paint.strong(side)}  ${text}`,
    ...notes.flatMap((note) => wrap(note, columns - 3)).map((line) => `   ${paint.faint(line)}`),
  ];
}

function groupLines(
  name: string,
  differences: readonly Difference[],
  columns: number,
  all: boolean,
): string[] {
  const own = differences.filter(({ group }) => group === name);
  const most = all ? own.length : (mostOf[name] ?? own.length);
  const more = own.length > most ? [`  and ${own.length - most} more: --all shows them`] : [];
  return [...own.slice(0, most).flatMap(({ text }) => hanging(text, columns)), ...more];
}

function noiseLines(noise: readonly Difference[], columns: number, all: boolean, paint: Paint): string[] {
  if (!all || noise.length === 0) return [];
  return [
    '',
    paint.strong('noise'),
    `  ${paint.faint('differs between any two starts')}`,
    ...noise.flatMap(({ text }) => hanging(text, columns)),
  ];
}

function sumUp({ differences, noise }: MetaDiff, all: boolean): string {
  const left =
    noise.length === 0 || all ? '' : ` ${plural(noise.length, 'difference')} of noise left out (--all).`;
  if (differences.length === 0) return `Nothing differs that could move a number.${left}`;
  return `${plural(differences.length, 'difference')}, the likeliest to move a number first.${left}`;
}
