import type { Finding } from '../stats/summary.ts';
import { findingMeaning } from './meanings.ts';
import type { Paint } from './style.ts';
import { printable, wrap } from './text.ts';

const margin = '    ';

/** Each finding: its code, what was seen, and what that means. Empty when there is none. */
export function findingsLines(findings: readonly Finding[], columns: number, paint: Paint): string[] {
  if (findings.length === 0) return [];
  const width = Math.max(20, columns - margin.length);
  const lines = findings.flatMap(({ code, text }) => [
    `  ${paint.warn(code)}`,
    ...wrap(printable(text), width).map((line) => `${margin}${line}`),
    ...wrap(findingMeaning(code), width).map((line) => `${margin}${paint.faint(line)}`),
  ]);
  return ['', paint.strong('findings'), ...lines];
}
