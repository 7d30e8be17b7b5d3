import { printable } from './text.ts';

/** Texts of others as a list. */
export function list(texts: readonly string[]): string[] {
  return texts.map((text) => `- ${safe(text)}`);
}

/** Lines that a click shows; the summary is markup. */
export function details(summary: string, lines: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${lines.join('\n')}\n\n</details>\n`;
}

/** A table of cells that are markup already; `right`: columns aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (right.includes(at) ? '---:' : ':---'))), ...rows.map(line)];
}

/** A text of others as code: a backquote would end it, a bar a cell. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

/** A text of others as text: nothing in it is markup but the commands between backquotes. */
export function safe(text: string): string {
  return printable(text)
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `\`${part}\`` : escaped(part)))
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[\\*_[\]<>|#~]/g, (character) => `\\${character}`).replaceAll('@', '&#64;');
}
