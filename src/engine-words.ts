import type { Engine } from './engines/engine.ts';
import { bare } from './engines/log-reading.ts';
import type { Finding } from './stats/summary.ts';
import type { LogLine } from './supervisor/log.ts';
import type { RunningEngine } from './supervisor/spec.ts';

/** The last line an engine had written at some moment; null: none yet. */
export type LogMark = LogLine | null;

/** Remembers how far the log had come. */
export function markLog(running: Pick<RunningEngine, 'lines'>): LogMark {
  return running.lines().at(-1) ?? null;
}

/** Lines written since a mark that say the engine was compiling or tuning. */
export function busyLines(
  engine: Pick<Engine, 'busyPatterns'>,
  running: Pick<RunningEngine, 'lines'>,
  mark: LogMark,
): string[] {
  if (engine.busyPatterns.length === 0) return [];
  return since(running.lines(), mark)
    .filter(({ text }) => engine.busyPatterns.some((pattern) => pattern.test(text)))
    .map(({ text }) => bare(text).slice(0, 300));
}

/** What the engine said about its knobs, each as a finding in its own words. */
export function noticeFindings(
  engine: Pick<Engine, 'notices'>,
  running: Pick<RunningEngine, 'lines'>,
): Finding[] {
  const log = running.lines().map(({ text }) => text);
  return engine.notices(log).map(({ code, text }) => ({ code, text }));
}

function since(lines: readonly LogLine[], mark: LogMark): readonly LogLine[] {
  if (mark === null) return lines;
  const at = lines.lastIndexOf(mark);
  // Of a flood the middle is forgotten, and the mark with it.
  return at === -1 ? lines.filter(({ atMs }) => atMs > mark.atMs) : lines.slice(at + 1);
}
