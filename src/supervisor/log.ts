import type { Socket } from 'node:net';
import { type LogFile, type LogLimits, openLogFile } from './log-file.ts';

/** `o` is the engine's stdout, `e` its stderr. */
export type LogStream = 'o' | 'e';

/** What the engine says, kept line by line. */
export interface EngineLog {
  /** Reads the stream until it ends; pauses it while the disk is behind. */
  follow(stream: LogStream, source: Socket): void;
  /** Bytes of a stream, split anywhere. */
  write(stream: LogStream, chunk: Buffer): void;
  /** The last lines as they stand in the log, without stamp; an unfinished one last. */
  tail(lines: number): string[];
  /** What was said so far: all of it, or its beginning and its end when it said a lot. */
  lines(): readonly LogLine[];
  /** Resolves when every followed stream has ended. */
  ended(): Promise<void>;
  /** Writes unfinished lines and closes the file. */
  close(): Promise<void>;
  /** What was lost to a failing disk; null when nothing was. */
  problem(): string | null;
}

/** One line, redacted. */
export interface LogLine {
  /** Ms since spawn. */
  readonly atMs: number;
  readonly text: string;
}

/** So many last lines are kept in memory, and so many first ones: an engine tells its settings early. */
const KEPT_LINES = 5000;

/** A line longer than this is written in pieces. */
const MAX_LINE_CHARS = 64 << 10;

/** What is held back of a piece, so that a secret on the cut is seen whole. */
const OVERLAP_CHARS = 16 << 10;

/** The engine waits when so much is not on disk yet. */
const HIGH_WATER_BYTES = 4 << 20;

interface LogOptions {
  readonly path: string;
  /** Takes secrets out of a text; called with whole lines, so a secret split over chunks is seen whole. */
  readonly redact: (text: string) => string;
  /** Ms since spawn. */
  readonly sinceSpawnMs: () => number;
  readonly limits?: LogLimits;
}

/**
 * engine.log: `<ms since spawn> o|e <text>` a line, in the order the lines ended. Bytes that are no UTF-8
 * become U+FFFD; a lone carriage return ends a line (progress bars).
 */
export function openEngineLog(options: LogOptions): EngineLog {
  const file = openLogFile(options.path, options.limits);
  const first: LogLine[] = [];
  const kept: LogLine[] = [];
  const keep = (stream: LogStream, text: string): void => {
    const line = options.redact(text);
    const atMs = Math.floor(options.sinceSpawnMs());
    kept.push({ atMs, text: line });
    if (kept.length > 2 * KEPT_LINES) {
      const forgotten = kept.splice(0, KEPT_LINES);
      if (first.length === 0) first.push(...forgotten);
    }
    file.append(`${atMs} ${stream} ${line}\n`);
  };
  const splitters = {
    o: splitLines((line) => keep('o', line), options.redact),
    e: splitLines((line) => keep('e', line), options.redact),
  };
  const ends: Promise<void>[] = [];
  return {
    follow(stream, source) {
      source.on('data', (chunk: Buffer) => {
        splitters[stream].write(chunk);
        if (file.pendingBytes() > HIGH_WATER_BYTES) void pause(source, file);
      });
      ends.push(new Promise((resolve) => source.once('close', () => resolve())));
      source.on('error', () => source.destroy());
    },
    write: (stream, chunk) => splitters[stream].write(chunk),
    tail: (lines) =>
      [
        ...kept.slice(-lines).map(({ text }) => text),
        ...[splitters.o.unfinished(), splitters.e.unfinished()]
          .filter((text) => text !== '')
          .map(options.redact),
      ].slice(-lines),
    lines: () => [...first, ...kept],
    ended: async () => {
      await Promise.all(ends);
    },
    async close() {
      splitters.o.end();
      splitters.e.end();
      await file.close();
    },
    problem: () => file.problem(),
  };
}

async function pause(source: Socket, file: LogFile): Promise<void> {
  source.pause();
  await file.drained();
  source.resume();
}

interface LineSplitter {
  write(chunk: Buffer): void;
  unfinished(): string;
  end(): void;
}

/** Bytes -> lines. `\n`, `\r\n` and a lone `\r` end one; nothing between two `\r` is no line. */
function splitLines(onLine: (line: string) => void, redact: (text: string) => string): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  let endedByReturn = false;
  const take = (text: string): void => {
    for (const piece of text.match(/[^\r\n]+|\r|\n/g) ?? []) {
      const endsLine = piece === '\n' ? !endedByReturn : piece === '\r' && rest !== '';
      endedByReturn = endsLine && piece === '\r';
      if (endsLine) flush();
      else if (piece !== '\n' && piece !== '\r') rest += piece;
      if (rest.length > MAX_LINE_CHARS) cutLongLine();
    }
  };
  const flush = (): void => {
    const line = rest;
    rest = '';
    onLine(line);
  };
  /** Cuts where no secret lies across: redacting the two parts gives what redacting the whole gives. */
  const cutLongLine = (): void => {
    for (let at = rest.length - OVERLAP_CHARS; at > 0; at -= OVERLAP_CHARS) {
      const [head, tail] = [rest.slice(0, at), rest.slice(at)];
      if (redact(head) + redact(tail) !== redact(rest)) continue;
      rest = tail;
      onLine(head);
      return;
    }
  };
  return {
    write: (chunk) => take(decoder.decode(chunk, { stream: true })),
    unfinished: () => rest,
    end() {
      take(decoder.decode());
      if (rest !== '') flush();
    },
  };
}
