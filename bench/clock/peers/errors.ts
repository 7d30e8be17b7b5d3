import { median, type Spread, spread } from '../compare.ts';
import type { Truth } from '../stamps.ts';
import type { Reading } from './reading.ts';

/** A client's readings against what the engine did, one number a request (a gap in `gapMs`), ms. */
export interface PeerErrors {
  /** Read - true, with its sign. */
  readonly ttftMs: number[];
  readonly itlMs: number[];
  readonly gapMs: number[];
  readonly readTtftMs: number[];
  readonly trueTtftMs: number[];
  /** Requests the engine answered that the client's export does not tell of. */
  missing: number;
  /** How much of the wanted load stood at the engine: requests in flight there, as a part of the streams. */
  held: number;
}

/**
 * Matches readings and truth by id. The first `warmup` requests that reached the engine do not count.
 * True TTFT: the first token's write is done - the request had been read.
 * @throws Error when not one request is in both.
 */
export function compare(
  readings: readonly Reading[],
  truth: ReadonlyMap<string, Truth>,
  warmup: number,
  streams: number,
): PeerErrors {
  const byId = new Map(readings.map((reading) => [reading.id, reading]));
  const warm = [...truth].sort(([, a], [, b]) => a.arrivalNs - b.arrivalNs).slice(warmup);
  const errors: PeerErrors = {
    ...{ ttftMs: [], itlMs: [], gapMs: [], readTtftMs: [], trueTtftMs: [], missing: 0 },
    held: held(
      warm.map(([, it]) => it),
      streams,
    ),
  };
  for (const [id, known] of warm) {
    const reading = byId.get(id);
    if (reading === undefined) errors.missing += 1;
    else add(errors, reading, known);
  }
  if (errors.ttftMs.length === 0) throw new Error('no request of its export is known to the engine');
  return errors;
}

function add(errors: PeerErrors, { ttftMs, itlMs, gapsMs }: Reading, { arrivalNs, tokens }: Truth): void {
  const first = tokens[0]?.sentNs ?? Number.NaN;
  const last = tokens.at(-1)?.sentNs ?? Number.NaN;
  const trueMs = (first - arrivalNs) / 1e6;
  errors.readTtftMs.push(ttftMs);
  errors.trueTtftMs.push(trueMs);
  errors.ttftMs.push(ttftMs - trueMs);
  if (itlMs !== null) errors.itlMs.push(itlMs - (last - first) / 1e6 / (tokens.length - 1));
  if (gapsMs?.length !== tokens.length - 1) return;
  tokens.slice(1).forEach(({ sentNs }, i) => {
    errors.gapMs.push((gapsMs[i] ?? Number.NaN) - (sentNs - (tokens[i]?.sentNs ?? Number.NaN)) / 1e6);
  });
}

/** Mean requests in flight between the first and the last arrival, over the streams. */
function held(warm: readonly Truth[], streams: number): number {
  const from = warm[0]?.arrivalNs ?? Number.NaN;
  const to = warm.at(-1)?.arrivalNs ?? Number.NaN;
  const busyNs = warm.reduce(
    (sum, { arrivalNs, tokens }) => sum + Math.min(tokens.at(-1)?.sentNs ?? arrivalNs, to) - arrivalNs,
    0,
  );
  return busyNs / (to - from) / streams;
}

/** One client under one load, all rounds pooled; ms. */
export interface PeerLine {
  readonly n: number;
  readonly missing: number;
  /** |read - true|. */
  readonly ttft: Spread;
  readonly itl: Spread;
  readonly gap: Spread;
  /** Median of read - true: above 0 reads long. */
  readonly ttftBias: number;
  readonly readTtft: Spread;
  readonly trueTtft: Spread;
  /** Per round: p50 and p99 of the TTFT error. */
  readonly rounds: readonly Pick<Spread, 'p50' | 'p99'>[];
  readonly held: number;
}

/** Rounds of one client under one load -> its line; null without a round. */
export function pool(rounds: readonly PeerErrors[]): PeerLine | null {
  if (rounds.length === 0) return null;
  const all = (pick: (errors: PeerErrors) => readonly number[]) =>
    rounds.flatMap((errors) => [...pick(errors)]);
  const size = (values: readonly number[]) => spread(values.map(Math.abs));
  const signed = all((errors) => errors.ttftMs);
  return {
    n: signed.length,
    missing: rounds.reduce((sum, errors) => sum + errors.missing, 0),
    ttft: size(signed),
    itl: size(all((errors) => errors.itlMs)),
    gap: size(all((errors) => errors.gapMs)),
    ttftBias: median(signed),
    readTtft: spread(all((errors) => errors.readTtftMs)),
    trueTtft: spread(all((errors) => errors.trueTtftMs)),
    rounds: rounds.map(({ ttftMs }) => size(ttftMs)),
    held: rounds.reduce((sum, errors) => sum + errors.held, 0) / rounds.length,
  };
}
