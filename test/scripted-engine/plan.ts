import { type Frame, type FrameKind, frameOf, jsonFrames } from './frames.ts';
import type { Script } from './script.ts';

/** What the plan needs to know of a request. */
export interface PlannedRequest {
  readonly id: string;
  readonly model: string;
  readonly maxTokens: number | null;
  readonly promptTokens: number;
}

/** What changes the times of every script: a speed, a handicap, and noise that a seed repeats. */
export interface Pace {
  /** Multiplies every time; 0.1 makes a test ten times shorter. */
  readonly timeScale: number;
  /** Makes time to first token and gaps so much longer. */
  readonly slowPercent: number;
  /** Moves each deadline by up to so much of a gap, either way. */
  readonly jitterPercent: number;
  readonly seed: number;
}

/** Bytes to write at a deadline, and the frames whose last byte is among them. */
export interface PlannedWrite {
  readonly atMs: number;
  readonly bytes: Buffer;
  readonly completes: readonly FrameKind[];
}

/** One answer: its writes by deadline, how it ends, and what a perfect client would have read. */
export interface Plan {
  readonly writes: readonly PlannedWrite[];
  readonly end: 'body-end' | 'close' | 'reset' | 'stall';
  readonly stall: { readonly afterWrite: number; readonly ms: number } | null;
  readonly reasoning: string;
  readonly answer: string;
  readonly tokens: number;
}

/** Turns a script into bytes and deadlines. Pure: the same input gives the same plan. */
export function plan(script: Script, request: PlannedRequest, pace: Pace): Plan {
  const { frames, reasoning, answer, tokens } = jsonFrames(script, request);
  const timed = frames.map(pacer(script, pace));
  const writes = timed.flatMap((frame, at) => {
    const bytes = frameOf(frame, script, { isFirst: at === 0, isLast: at === timed.length - 1 });
    const isText = frame.kind === 'content' || frame.kind === 'reasoning' || frame.kind === 'tool';
    return cut(bytes, isText ? script.writesPerFrame : 1).map((piece, index, all) => ({
      atMs: frame.atMs + index,
      bytes: piece,
      completes: index === all.length - 1 ? [frame.kind] : [],
    }));
  });
  const { fault, stallMs } = script;
  const stall =
    fault?.kind === 'stall' && stallMs !== null
      ? { afterWrite: fault.after, ms: stallMs * pace.timeScale }
      : null;
  return {
    writes: group(writes, script.framesPerWrite),
    end: endOf(script),
    stall,
    reasoning,
    answer,
    tokens,
  };
}

function endOf({ fault, stallMs }: Script): Plan['end'] {
  if (fault?.kind === 'close' || fault?.kind === 'reset') return fault.kind;
  return fault?.kind === 'stall' && stallMs === null ? 'stall' : 'body-end';
}

/** Moves a frame's deadline as the pace says. */
function pacer(script: Script, pace: Pace): (frame: Frame) => Frame {
  const factor = pace.timeScale * (1 + pace.slowPercent / 100);
  const random = generator(pace.seed);
  return (frame) => {
    const jitterMs = ((random() * 2 - 1) * pace.jitterPercent * script.itlMs) / 100;
    return { ...frame, atMs: Math.max(0, (frame.atMs + jitterMs) * factor) };
  };
}

/** One cut falls inside a multi-byte sequence where there is one. */
function cut(bytes: Buffer, pieces: number): Buffer[] {
  if (pieces < 2) return [bytes];
  const inside = bytes.findIndex((byte) => byte >= 0x80 && byte < 0xc0);
  const places = Array.from({ length: pieces - 1 }, (_, at) =>
    Math.floor((bytes.length * (at + 1)) / pieces),
  );
  if (inside > 0) places[0] = inside;
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  return [0, ...sorted].map((from, at) => bytes.subarray(from, sorted[at] ?? bytes.length));
}

function group(writes: readonly PlannedWrite[], size: number): PlannedWrite[] {
  if (size < 2) return [...writes];
  const groups = Array.from({ length: Math.ceil(writes.length / size) }, (_, at) =>
    writes.slice(at * size, (at + 1) * size),
  );
  return groups.map((some) => ({
    atMs: Math.max(...some.map((write) => write.atMs)),
    bytes: Buffer.concat(some.map((write) => write.bytes)),
    completes: some.flatMap((write) => write.completes),
  }));
}

/** mulberry32: 32 bits of state, good enough for jitter and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
