import type { ReportOptions } from '../report/style.ts';
import type { Stream, World } from '../world.ts';
import { type Progress, startProgress } from './progress.ts';

const widestUseful = 120;

/** Colour and width for text that goes to a stream: NO_COLOR and FORCE_COLOR are honoured, pipes get none. */
export function reportOptions(stream: Stream, env: NodeJS.ProcessEnv): ReportOptions {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '' && env.FORCE_COLOR !== '0';
  const wanted = forced || (stream.isTTY === true && env.TERM !== 'dumb');
  // A terminal that does not know its size says 0.
  const columns = stream.columns || Number(env.COLUMNS) || 80;
  return { color: wanted && !env.NO_COLOR, columns: Math.min(columns, widestUseful) };
}

/** Runs a piece of work with progress on stderr; the last line is settled however it ends. */
export async function withProgress<Result>(
  world: World,
  work: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = startProgress(world);
  try {
    return await work(progress);
  } finally {
    progress.done();
  }
}

/** Writes texts as they come, a thousand at a time: a ledger may be long, and a write takes its time. */
export function writeAll(stream: Stream, texts: Iterable<string>): void {
  let held: string[] = [];
  for (const text of texts) {
    held.push(text);
    if (held.length < 1000) continue;
    stream.write(held.join(''));
    held = [];
  }
  stream.write(held.join(''));
}
