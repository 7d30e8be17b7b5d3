import type { Json } from '../canonical.ts';
import { absentReason, isNode, isSecret, type JsonNode, jsonText, nodeOf, textIn } from '../json-node.ts';
import { printable, wrap } from './text.ts';

/** A label and what is said beside it: one text that wraps, or lines that stand as they are. */
export type MetaLine = readonly [label: string, text: string | readonly string[]];

/** A heading with lines below it; one without lines is not shown. */
export interface MetaSection {
  readonly title: string;
  readonly lines: readonly MetaLine[];
}

/** Lines below their heading, all texts beginning in one column. */
export function sectionLines(
  { title, lines }: MetaSection,
  columns: number,
  strong: (text: string) => string,
): string[] {
  const said = lines.filter(([, text]) => text.length > 0);
  if (said.length === 0) return [];
  const width = Math.max(...said.map(([label]) => label.length));
  return ['', strong(title), ...said.flatMap(([label, text]) => besideLabel(label, text, width, columns))];
}

function besideLabel(label: string, text: MetaLine[1], width: number, columns: number): string[] {
  const margin = ' '.repeat(width + 4);
  const room = Math.max(20, columns - margin.length);
  const lines =
    typeof text === 'string'
      ? wrap(printable(text), room)
      : text.flatMap((line) => {
          const inset = /^ */.exec(line)?.[0] ?? '';
          return wrap(printable(line), room - inset.length).map(
            (part, at) => `${inset}${at === 0 ? '' : '  '}${part}`,
          );
        });
  return lines.map((line, index) =>
    `${index === 0 ? `  ${label.padEnd(width)}  ` : margin}${line}`.trimEnd(),
  );
}

/** A fact as text; empty when the document does not have it, or only says why it could not be had. */
export function known(value: Json | undefined): string {
  return value === undefined || value === null || value === '' || absentReason(value) !== null
    ? ''
    : jsonText(value);
}

/** Facts with a name before each: `governor powersave, boost on`; those that are not known are left out. */
export function named(facts: readonly (readonly [name: string, value: Json | undefined])[]): string {
  return facts
    .flatMap(([name, value]) => {
      const text = known(value);
      return text === '' ? [] : [name === '' ? text : `${name} ${text}`];
    })
    .join(', ');
}

/** The first 12 digits of a hash. */
export function shortHash(value: Json | undefined): string {
  return known(value)
    .replace(/^sha256:/, '')
    .slice(0, 12);
}

/** Values of a map, one a line: `NAME=value`, secrets by the beginning of their hash. */
export function assignments(map: Json | undefined): string[] {
  return Object.entries(nodeOf(map)).map(([name, value]) =>
    isSecret(value) ? `${name}=(secret ${shortHash(nodeOf(value).sha256)})` : `${name}=${jsonText(value)}`,
  );
}

/** What could not be had, by reason: `not there: host.cpu.boost, host.machine.board`. */
export function missingFacts(document: JsonNode): string[] {
  const reasons = new Map<string, string[]>();
  const visit = (value: Json | undefined, path: string): void => {
    const reason = absentReason(value);
    if (reason !== null) reasons.set(reason, [...(reasons.get(reason) ?? []), path]);
    else if (isNode(value))
      for (const [name, member] of Object.entries(value))
        visit(member, path === '' ? name : `${path}.${name}`);
  };
  const { engine, ...rest } = document;
  // What the engine stated is its own matter.
  visit({ ...rest, engine: { version: nodeOf(engine).version ?? null } }, '');
  return [...reasons].map(([reason, paths]) => `${reason}: ${paths.join(', ')}`);
}

/** A member's text, for tables. */
export function cell(node: JsonNode, name: string): string {
  return textIn(node, name) || known(node[name]) || '-';
}
