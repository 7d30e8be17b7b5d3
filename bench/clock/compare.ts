import type { Claim, Truth } from './stamps.ts';

/** What a client said minus what happened, one number a request or token, us. */
export interface Errors {
  /** |(client first token - client sent) - (engine first send - engine arrival)|. */
  readonly ttftUs: number[];
  /** The same with the client's clock started before the library was called. */
  readonly ttftAtCallUs: number[];
  /** |client gap - engine gap| between tokens that follow each other. */
  readonly gapUs: number[];
  /** Client stamp - engine send stamp; below 0 when the client had read before the engine's write returned. */
  readonly chunkUs: number[];
  /** Engine send stamp - deadline: how late the engine itself was. */
  readonly jitterUs: number[];
  /** How long the engine's writes took: the truth is known no better than this. */
  readonly writeUs: number[];
}

/** An `Errors` without a number. */
export function noErrors(): Errors {
  return { ttftUs: [], ttftAtCallUs: [], gapUs: [], chunkUs: [], jitterUs: [], writeUs: [] };
}

/** Adds one request to `errors`. @throws Error when the client counted other tokens than were sent. */
export function addRequest(errors: Errors, id: string, claim: Claim, truth: Truth): void {
  const { tokens } = truth;
  const first = tokens[0];
  const firstStamp = claim.stamps[0];
  if (claim.stamps.length !== tokens.length || first === undefined || firstStamp === undefined) {
    throw new Error(
      `request ${id}: the engine sent ${tokens.length} tokens, the client saw ${claim.stamps.length}`,
    );
  }
  const trueTtftNs = first.sentNs - truth.arrivalNs;
  errors.ttftUs.push(Math.abs(firstStamp - claim.sentNs - trueTtftNs) / 1000);
  errors.ttftAtCallUs.push(Math.abs(firstStamp - claim.callNs - trueTtftNs) / 1000);
  tokens.forEach((token, i) => {
    const stamp = claim.stamps[i] ?? Number.NaN;
    errors.chunkUs.push((stamp - token.sentNs) / 1000);
    errors.jitterUs.push((token.sentNs - token.dueNs) / 1000);
    errors.writeUs.push((token.sentNs - token.beforeNs) / 1000);
    const before = tokens[i - 1];
    const stampBefore = claim.stamps[i - 1];
    if (before === undefined || stampBefore === undefined) return;
    errors.gapUs.push(Math.abs(stamp - stampBefore - (token.sentNs - before.sentNs)) / 1000);
  });
}

/** Quantiles of a list; NaN where it is empty. */
export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Numbers -> nearest-rank quantiles. */
export function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const rank = (p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
  return { n: sorted.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}

/** The median; NaN of an empty list. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
