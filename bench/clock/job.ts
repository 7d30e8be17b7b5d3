/** What one client process is asked to do; the positional arguments are the same for the C floor. */
export interface Job {
  readonly port: number;
  /** Connections, each a closed loop: the next request goes out when the last one has ended. */
  readonly streams: number;
  /** Requests a stream, warm-up included; the first one of a fresh process is the cold one. */
  readonly requests: number;
  readonly warmup: number;
  readonly tokens: number;
  /** The first requests of a phase start spread over so many ms; 0 starts all at once. */
  readonly spreadMs: number;
  /** CLOCK_MONOTONIC that all stamps of engine and clients are counted from. */
  readonly epochNs: bigint;
  readonly prefix: string;
  readonly out: string;
}

/** Job -> command line arguments. */
export function toArgv(job: Job): string[] {
  const { port, streams, requests, warmup, tokens, spreadMs, epochNs, prefix, out } = job;
  return [port, streams, requests, warmup, tokens, spreadMs, epochNs, prefix, out].map(String);
}

/** Command line arguments -> job; the inverse of `toArgv`. */
export function fromArgv(argv: readonly string[]): Job {
  const [port, streams, requests, warmup, tokens, spreadMs, epochNs, prefix, out] = argv;
  if (epochNs === undefined || prefix === undefined || out === undefined)
    throw new Error('a client needs 9 arguments');
  return {
    port: Number(port),
    streams: Number(streams),
    requests: Number(requests),
    warmup: Number(warmup),
    tokens: Number(tokens),
    spreadMs: Number(spreadMs),
    epochNs: BigInt(epochNs),
    prefix,
    out,
  };
}

/** The request every client sends, byte for byte the one of floor.c. */
export function requestBody(tokens: number): string {
  const content = 'Say something long about clocks, tides and the people who kept both.';
  return JSON.stringify({
    model: 'pacing',
    messages: [{ role: 'user', content }],
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
  });
}
