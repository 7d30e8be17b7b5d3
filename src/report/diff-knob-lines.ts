import type { DiffReport } from '../diff.ts';
import type { PathStep } from '../diff-path.ts';
import { plural } from '../units.ts';
import { knobText, knobValue, stepText } from './diff-words.ts';
import { heading, type Paint, type ReportOptions } from './style.ts';
import { clip, hanging, printable, textWidth, wrap } from './text.ts';

const mostSteps = 12;
/** Longer ones are told by their beginnings. */
const widestValue = 32;
const widestName = 36;

type Options = ReportOptions & { readonly all: boolean };

/** What differs in what the engine is given, and the steps that led there with what each was worth. */
export function knobLines(report: DiffReport, options: Options, paint: Paint): string[] {
  return [...directLines(report, options, paint), ...pathLines(report, options, paint)];
}

function directLines({ knobs, path }: DiffReport, options: Options, paint: Paint): string[] {
  const head = heading('knobs', paint);
  if (knobs === null) return [...head, '  An experiment is not recorded, and git has lost its file.'];
  if (knobs.length === 0) return [...head, '  none: the engine is given the same'];
  const leaves = knobs.flatMap(({ name, leaves: members }) =>
    members.map((leaf) => ({ ...leaf, group: leaf.name === name ? '' : ` (${name})` })),
  );
  const value = (text: string | null): string =>
    options.all ? knobValue(text) : clip(knobValue(text), widestValue);
  const width = Math.min(widestName, Math.max(...leaves.map(({ name }) => textWidth(name))));
  const direct = path === null || path.length < 2 ? [] : ['  by these steps:'];
  const lines = leaves.flatMap(({ name, before, after, group }) =>
    beside(printable(name).padEnd(width), `${value(before)} -> ${value(after)}${group}`, options.columns),
  );
  return [...head, ...lines, ...direct];
}

/** A name and what is said of it; on a line of its own where the name is long. */
function beside(name: string, text: string, columns: number): string[] {
  const margin = textWidth(name) + 4;
  if (margin > columns / 2) return [`  ${name}`, ...hanging(text, columns - 4).map((line) => `    ${line}`)];
  return wrap(text, columns - margin).map(
    (line, index) => `${index === 0 ? `  ${name}  ` : ' '.repeat(margin)}${line}`,
  );
}

function pathLines({ path, a, paired }: DiffReport, options: Options, paint: Paint): string[] {
  // One step that was measured in these pairs says nothing new, nor one that was not measured.
  if (path === null || path.length === 0) return [];
  if (path.length === 1 && (paired !== null || path[0]?.measured === null)) return [];
  const shown = options.all ? path : path.slice(-mostSteps);
  const left = path.length - shown.length;
  return [
    ...heading(`path from ${a.name}`, paint),
    ...(left === 0 ? [] : [`  after ${plural(left, 'earlier step')} (--all)`]),
    ...shown.flatMap((step) => [
      ...beside(step.to, measuredText(step), options.columns),
      ...(path.length === 1
        ? []
        : hanging(changeText(step), options.columns - 4).map((line) => `    ${line}`)),
    ]),
  ];
}

function changeText({ knobs, description }: PathStep): string {
  if (knobs === null) return printable(description ?? 'not known');
  return knobs.length === 0 ? 'nothing that reaches the engine' : knobs.map(knobText).join(', ');
}

/** `+6.1 % [+4.8, +7.4], keep better` */
function measuredText({ measured, status, reason }: PathStep): string {
  const ended = [status ?? '', reason ?? ''].filter((part) => part !== '').join(' ');
  return printable([stepText(measured), ended].filter((part) => part !== '').join(', '));
}
