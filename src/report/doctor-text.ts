import type { Checkup, Severity } from '../snapshot/doctor-check.ts';
import { plural } from '../units.ts';
import { type Paint, paintWith, type ReportOptions } from './style.ts';
import { printable, wrap } from './text.ts';

const titles: { readonly [severity in Severity]: string } = {
  bad: 'bad: nothing can be measured until this is mended',
  warn: 'warn: numbers are worse, or waver',
  note: 'note: worth knowing',
  ok: 'ok',
};

/** `bench doctor`: the worst first, each with what it means and the command that mends it. Ends with a newline. */
export function doctorText(
  checkups: readonly Checkup[],
  options: ReportOptions & { readonly all: boolean },
): string {
  const paint = paintWith(options.color);
  const width = Math.max(0, ...checkups.map(({ title }) => title.length));
  const blocks = (['bad', 'warn', 'note', 'ok'] as const).flatMap((severity) => {
    const own = checkups.filter((one) => one.severity === severity);
    if (own.length === 0) return [];
    const isShort = severity === 'ok' && !options.all;
    const lines = own.flatMap((one) => [
      ...foundLines(one, width, options.columns),
      ...(isShort ? [] : adviceLines(one, options.columns, paint)),
    ]);
    return [[paintTitle(severity, paint), ...lines].join('\n')];
  });
  return `${[...blocks, sumUp(checkups)].join('\n\n')}\n`;
}

function foundLines({ title, found }: Checkup, width: number, columns: number): string[] {
  const margin = ' '.repeat(width + 4);
  return wrap(printable(found), Math.max(20, columns - margin.length)).map((line, index) =>
    index === 0 ? `  ${title.padEnd(width)}  ${line}` : `${margin}${line}`,
  );
}

/** A command is never broken: it is there to be copied. */
function adviceLines({ meaning, command }: Checkup, columns: number, paint: Paint): string[] {
  return [
    ...wrap(meaning, columns - 6).map((line) => `      ${paint.faint(line)}`),
    ...(command === '' ? [] : [`      $ ${command}`]),
  ];
}

function paintTitle(severity: Severity, paint: Paint): string {
  const color = { bad: paint.bad, warn: paint.warn, note: paint.strong, ok: paint.good }[severity];
  return color(titles[severity]);
}

function sumUp(checkups: readonly Checkup[]): string {
  const count = (severity: Severity): number => checkups.filter((one) => one.severity === severity).length;
  const [bad, warn, note] = [count('bad'), count('warn'), count('note')];
  if (bad > 0) return `${plural(bad, 'thing')} must be mended before anything can be measured here.`;
  if (warn + note === 0) return 'Nothing stands against honest numbers here.';
  return `Numbers can be measured here; ${plural(warn, 'warning')}, ${plural(note, 'note')}.`;
}
