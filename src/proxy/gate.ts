import { EngineConnections } from './engine-connections.ts';

/**
 * What the engine is doing, as its clients see it. `starting` is the first launch and `waking` a later one: requests
 * are refused in the first and wait in the second, since one of them asked for it.
 */
export type EngineState = 'starting' | 'open' | 'stopping' | 'asleep' | 'waking' | 'over';

/** Who is told of silence and of the request that ends it. */
export interface GateListener {
  onIdle(): void;
  /** Once a sleep. */
  onWake(): void;
}

/** What a request may do: go to the engine, be refused for now, wait, or give up. */
export type Admission =
  | { readonly kind: 'open'; readonly engine: EngineConnections }
  | { readonly kind: 'starting' | 'wait' | 'over' };

/** Lets requests through to the engine, or has them wait; counts silence. */
export class Gate {
  readonly #idleStopMs: number | null;
  readonly #listener: GateListener;
  readonly #waiters = new Set<() => void>();
  readonly #secondsIn = new Map<EngineState, number>();
  #state: EngineState = 'starting';
  #since = process.uptime();
  #engine: EngineConnections | null = null;
  #openRequests = 0;
  #mayIdle = false;
  #isWoken = false;
  #timer: NodeJS.Timeout | null = null;
  /** Number of the launch that answers, or will. */
  launch = 1;
  /** Why nothing comes any more. */
  cause = '';

  /** @param idleStopMs silence after which the engine is stopped; null: never. */
  constructor(idleStopMs: number | null, listener: GateListener) {
    this.#idleStopMs = idleStopMs;
    this.#listener = listener;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Seconds spent in each state so far, the present one included. */
  secondsInStates(): Map<EngineState, number> {
    const seconds = new Map(this.#secondsIn);
    seconds.set(this.#state, (seconds.get(this.#state) ?? 0) + process.uptime() - this.#since);
    return seconds;
  }

  /** A launch begins. */
  start(launch: number): void {
    this.launch = launch;
    this.#turn(launch === 1 ? 'starting' : 'waking');
  }

  /** The engine answers on a port of 127.0.0.1. */
  open(port: number): void {
    this.#engine?.close();
    this.#engine = new EngineConnections(port);
    this.#turn('open');
    this.#release();
  }

  /** From now on silence counts. */
  allowIdle(): void {
    this.#mayIdle = true;
    this.#countSilence();
  }

  /** The engine has been stopped and waits to be woken. */
  sleep(): void {
    this.#turn('asleep');
  }

  /** Nothing comes any more. */
  end(cause: string): void {
    this.cause = cause;
    this.#turn('over');
    this.#release();
  }

  /** Asks for one request; a stopped engine is woken by it. */
  admit(): Admission {
    if (this.#engine !== null) return { kind: 'open', engine: this.#engine };
    if (this.#state === 'starting' || this.#state === 'over') return { kind: this.#state };
    if (this.#state !== 'waking' && !this.#isWoken) {
      this.#isWoken = true;
      this.#listener.onWake();
    }
    return { kind: 'wait' };
  }

  /** Calls back once when the engine is ready or nothing comes any more. @returns how to wait no longer. */
  wait(then: () => void): () => void {
    this.#waiters.add(then);
    return () => void this.#waiters.delete(then);
  }

  /** A request is open. @returns what to call once when it is over. */
  enter(): () => void {
    this.#openRequests += 1;
    this.#countSilence();
    return () => {
      this.#openRequests -= 1;
      this.#countSilence();
    };
  }

  #countSilence(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    const isSilent = this.#state === 'open' && this.#mayIdle && this.#openRequests === 0;
    if (!isSilent || this.#idleStopMs === null) return;
    this.#timer = setTimeout(() => {
      this.#turn('stopping');
      this.#listener.onIdle();
    }, this.#idleStopMs);
  }

  #turn(state: EngineState): void {
    const now = process.uptime();
    this.#secondsIn.set(this.#state, (this.#secondsIn.get(this.#state) ?? 0) + now - this.#since);
    this.#state = state;
    this.#since = now;
    if (state === 'open') this.#isWoken = false;
    else {
      this.#mayIdle = false;
      this.#engine?.close();
      this.#engine = null;
    }
    this.#countSilence();
  }

  #release(): void {
    const waiting = [...this.#waiters];
    this.#waiters.clear();
    for (const then of waiting) then();
  }
}
