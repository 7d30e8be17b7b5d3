/** What the engine really did for one request, ns since the epoch. */
export interface Truth {
  readonly arrivalNs: number;
  /** For each token: when it was due, the clock before the write, and after it (the send stamp). */
  readonly tokens: readonly { readonly dueNs: number; readonly beforeNs: number; readonly sentNs: number }[];
}

/** What a client says about one request, ns since the epoch. */
export interface Claim {
  readonly callNs: number;
  readonly sentNs: number;
  readonly stamps: readonly number[];
}

/** A log of engine.c, floor.c or drive.ts: a line a request, and `# name value...` lines. */
interface Log {
  readonly lines: Map<string, number[]>;
  readonly facts: Map<string, number[]>;
}

/** Text of engine.c's log -> request id -> truth, and the engine's CPU time in us. */
export function readTruth(text: string): { truth: Map<string, Truth>; cpuUs: number } {
  const { lines, facts } = readLog(text);
  const truth = new Map<string, Truth>();
  for (const [id, [arrivalNs = Number.NaN, ...stamps]] of lines) {
    const tokens = Array.from({ length: stamps.length / 3 }, (_, i) => ({
      dueNs: stamps[3 * i] ?? Number.NaN,
      beforeNs: stamps[3 * i + 1] ?? Number.NaN,
      sentNs: stamps[3 * i + 2] ?? Number.NaN,
    }));
    truth.set(id, { arrivalNs, tokens });
  }
  return { truth, cpuUs: facts.get('cpu')?.[0] ?? Number.NaN };
}

/** What a client process reports about itself; `*Us` and `tokens` cover the measured phase only. */
export interface ClientFacts {
  readonly cpuUs: number;
  readonly tokens: number;
  /** CPU of the whole process, us. */
  readonly totalCpuUs: number;
  /** Event-loop delay p50, p99, max in ns; null for a client without an event loop. */
  readonly loopDelayNs: readonly [number, number, number] | null;
}

/** Text of a client's log -> request id -> claim, and the client's facts. */
export function readClaims(text: string): { claims: Map<string, Claim>; facts: ClientFacts } {
  const { lines, facts } = readLog(text);
  const claims = new Map<string, Claim>();
  for (const [id, [callNs = Number.NaN, sentNs = Number.NaN, ...stamps]] of lines) {
    claims.set(id, { callNs, sentNs, stamps });
  }
  const one = (name: string) => facts.get(name)?.[0] ?? Number.NaN;
  const [p50, p99, max] = facts.get('loop') ?? [];
  const loopDelayNs =
    p50 === undefined || p99 === undefined || max === undefined ? null : ([p50, p99, max] as const);
  return {
    claims,
    facts: { cpuUs: one('cpu'), tokens: one('tokens'), totalCpuUs: one('total'), loopDelayNs },
  };
}

function readLog(text: string): Log {
  const log: Log = { lines: new Map(), facts: new Map() };
  for (const line of text.split('\n')) {
    const [first, second, ...rest] = line.split(' ');
    if (first === undefined || second === undefined) continue;
    if (first === '#') log.facts.set(second, rest.map(Number));
    else log.lines.set(first, [second, ...rest].map(Number));
  }
  return log;
}
