import type { Route } from './routes.ts';

/** What the proxy counts, and how Prometheus reads it. */
export interface Counters {
  /** By route and status. */
  readonly answers: Map<string, number>;
  openStreams: number;
  requestBytes: number;
  responseBytes: number;
  /** Upstream requests ended because the client had left. */
  clientsLeft: number;
  /** Answers cut or refused because the engine broke off. */
  upstreamBroken: number;
}

/** Nothing counted yet. */
export function newCounters(): Counters {
  return {
    answers: new Map(),
    openStreams: 0,
    requestBytes: 0,
    responseBytes: 0,
    clientsLeft: 0,
    upstreamBroken: 0,
  };
}

/** Counts one answer by its route and status. */
export function countAnswer(counters: Counters, route: Route, status: number): void {
  const key = `route="${route}",code="${status}"`;
  counters.answers.set(key, (counters.answers.get(key) ?? 0) + 1);
}

/** The engine's part of /metrics. */
export interface EngineGauges {
  readonly isUp: boolean;
  readonly launch: number;
  readonly secondsInStates: ReadonlyMap<string, number>;
}

/** The text format 0.0.4. */
export function metricsText(counters: Counters, engine: EngineGauges): string {
  const states = [...engine.secondsInStates].map(([state, seconds]): Sample => [`state="${state}"`, seconds]);
  return [
    family('requests_total', 'counter', 'Answers by route and status.', [...counters.answers]),
    family('open_streams', 'gauge', 'Requests to /v1 that are open now.', [['', counters.openStreams]]),
    family('request_bytes_total', 'counter', 'Body bytes from clients to the engine.', [
      ['', counters.requestBytes],
    ]),
    family('response_bytes_total', 'counter', 'Bytes from the engine to clients.', [
      ['', counters.responseBytes],
    ]),
    family('upstream_aborts_total', 'counter', 'Requests ended in the engine since their client left.', [
      ['', counters.clientsLeft],
    ]),
    family('upstream_failures_total', 'counter', 'Answers cut or refused since the engine broke off.', [
      ['', counters.upstreamBroken],
    ]),
    family('state_seconds_total', 'counter', 'Seconds the engine was in each state.', states),
    family('launch_number', 'gauge', 'Number of the current launch.', [['', engine.launch]]),
    family('engine_up', 'gauge', '1 while requests reach the engine.', [['', engine.isUp ? 1 : 0]]),
  ].join('');
}

type Sample = readonly [labels: string, value: number];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const full = `bench_proxy_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels === '' ? '' : `{${labels}}`} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}
