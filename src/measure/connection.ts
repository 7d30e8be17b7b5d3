import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from './clock.ts';
import { HttpResponse } from './http-response.ts';
import { encodeRequest, type Headers } from './request.ts';

/** What the owner of a running exchange is told; stamps are taken before anything else is done. */
export interface ExchangeEvents {
  /**
   * The last piece of the request is being handed to the kernel. The stamp is from just before that write: on one
   * host the write wakes the server, which may run at once, so a stamp from after it flatters TTFT by up to ms.
   */
  onSent(tNs: number): void;
  onRead(tNs: number, bytes: Buffer): void;
  /** The connection ended, cleanly or with the error that ended it. */
  onEnd(tNs: number, error: Error | null): void;
}

/** uvicorn and llama.cpp close a connection after 5 s of idleness; a socket that old is not trusted. */
const maxIdleMs = 4_000;
/** Small enough to be copied in one short system call; what comes before it is waited for. */
const lastPieceBytes = 16 * 1024;
/**
 * How long the first answer on a connection is followed by waiting for a close that the server did not announce.
 * llama.cpp closes 1 ms after a streamed answer; a request written into that gap would be lost.
 */
const closeWatchMs = 100;
/** How long the answer to the request that warms a new connection is waited for. */
const warmTimeoutMs = 2_000;

/**
 * A keep-alive client of one HTTP or HTTPS origin with at most one socket and one exchange at a time.
 * `baseUrl` may carry a path, which goes before every request's path. Nothing is opened until `prepare`.
 */
export function connect(baseUrl: string, clock: Clock): Connection {
  return new Connection(new URL(baseUrl), clock);
}

type Habit = 'unknown' | 'keeps' | 'closes';

/** The socket of `connect`, and whether it may be used again. */
export class Connection {
  readonly host: string;
  private readonly url: URL;
  private readonly basePath: string;
  private readonly clock: Clock;
  private socket: Socket | null = null;
  private events: ExchangeEvents | null = null;
  private idleSinceNs = 0;
  private idleLimitMs = maxIdleMs;
  /** What this server does with a connection after an answer; learned once, from a stream and from a GET. */
  private habits: { stream: Habit; get: Habit } = { stream: 'unknown', get: 'unknown' };

  constructor(url: URL, clock: Clock) {
    this.url = url;
    this.host = url.host;
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.clock = clock;
  }

  /** A request path below the base URL's own. */
  path(path: string): string {
    return `${this.basePath}${path}`;
  }

  /** Whether the socket of the last request can carry the next one; when it cannot, it is closed. */
  async isReusable(): Promise<boolean> {
    if (this.socket === null) return false;
    // One whole pass of the event loop: a close that the kernel already knows of is seen before we write.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    this.habits.stream = await this.habit(this.habits.stream);
    if (this.socket !== null && this.idleMs() < this.idleLimitMs) return true;
    this.close();
    return false;
  }

  /**
   * Opens a socket that has answered a `GET` of the model list, so that the server's accept is over too, and gives
   * the stamp at which the connection stood.
   * @throws the socket's error, or the signal's reason.
   */
  async prepare(headers: Headers, signal: AbortSignal): Promise<number> {
    const connectNs = await this.openWarm(headers, signal);
    signal.throwIfAborted();
    return connectNs;
  }

  /** Writes a request to the prepared socket and reports what comes back until `release`. */
  start(request: Buffer, events: ExchangeEvents): void {
    const socket = this.socket;
    if (socket === null) {
      events.onEnd(this.clock.now(), null);
      return;
    }
    this.events = events;
    const sendLast = () => {
      const tNs = this.clock.now();
      socket.write(request.subarray(-lastPieceBytes));
      events.onSent(tNs);
    };
    if (request.length <= lastPieceBytes) sendLast();
    else {
      socket.write(request.subarray(0, -lastPieceBytes), (error) => {
        if (!error && this.events === events) sendLast();
      });
    }
  }

  /** Ends the exchange; keeps the socket for the next one only when both sides agree to. */
  release(response: HttpResponse): void {
    if (this.habits.stream === 'closes') this.close();
    else this.keep(response);
  }

  /** Drops the socket, which tells the server to stop. */
  close(): void {
    this.events = null;
    this.socket?.destroy();
    this.socket = null;
  }

  private async openWarm(headers: Headers, signal: AbortSignal): Promise<number> {
    const connectNs = await this.open(signal);
    if (this.habits.get === 'closes') return connectNs;
    await this.warm(headers, signal);
    this.habits.get = await this.habit(this.habits.get);
    return this.socket === null ? this.open(signal) : connectNs;
  }

  private keep(response: HttpResponse): void {
    this.events = null;
    const { head } = response;
    if (!response.isComplete() || response.hasExcess || head?.keepAlive !== true) {
      this.close();
      return;
    }
    this.idleSinceNs = this.clock.now();
    const serverSeconds = /\btimeout=(\d+)/.exec(head.headers.get('keep-alive') ?? '')?.[1];
    this.idleLimitMs =
      serverSeconds === undefined ? maxIdleMs : Math.min(maxIdleMs, Number(serverSeconds) * 800);
  }

  /** What is known, or learned now by watching the socket that has just had its answer. */
  private async habit(known: Habit): Promise<Habit> {
    if (known !== 'unknown') return known;
    if (this.socket !== null) await new Promise((resolve) => setTimeout(resolve, closeWatchMs));
    if (this.socket !== null) return 'keeps';
    // A close long after the answer is the idle limit at work, not a habit.
    return this.idleMs() < 10 * closeWatchMs ? 'closes' : 'unknown';
  }

  private idleMs(): number {
    return (this.clock.now() - this.idleSinceNs) / 1e6;
  }

  private async open(signal: AbortSignal): Promise<number> {
    this.close();
    signal.throwIfAborted();
    const { promise, resolve, reject } = deferred<number>();
    const take = (lent: Uint8Array) => {
      const tNs = this.clock.now();
      if (this.socket !== socket) return;
      // Bytes nobody asked for mean the server is about to close (408) or is confused.
      if (this.events === null) this.close();
      else this.events.onRead(tNs, Buffer.from(lent));
    };
    const socket = this.createSocket(() => resolve(this.clock.now()), take);
    this.socket = socket;
    let failure: Error | null = null;
    const ended = () => {
      reject(failure ?? new Error('the connection was closed while it was opened'));
      if (this.socket !== socket) return;
      this.socket = null;
      this.events?.onEnd(this.clock.now(), failure);
    };
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('end', ended);
    socket.on('close', ended);
    const abort = () => {
      reject(signal.reason);
      socket.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', abort));
  }

  /** `take` is lent the bytes of each read: they are overwritten by the next one. */
  private createSocket(connected: () => void, take: (lent: Uint8Array) => void): Socket {
    const host = this.url.hostname.replace(/^\[|\]$/g, '');
    const isTls = this.url.protocol === 'https:';
    const port = Number(this.url.port || (isTls ? 443 : 80));
    const socket = isTls
      ? connectTls({ host, port, servername: host, ALPNProtocols: ['http/1.1'] }, connected).on('data', take)
      : connectTcp({ host, port, onread: lending(take) }, connected);
    socket.setNoDelay(true);
    return socket;
  }

  /** One GET on a new socket, whatever its answer; the socket is gone when it cannot be used any more. */
  private async warm(headers: Headers, signal: AbortSignal): Promise<void> {
    const response = new HttpResponse();
    const path = this.path(this.basePath.endsWith('/v1') ? '/models' : '/v1/models');
    const request = encodeRequest({ method: 'GET', host: this.host, path, headers, body: null });
    const { promise, resolve } = deferred<void>();
    const stop = () => resolve();
    const timer = setTimeout(stop, warmTimeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    this.start(request, {
      onSent() {},
      onRead(_tNs, bytes) {
        response.push(bytes, () => {});
        if (response.isComplete() || response.error !== null) stop();
      },
      onEnd: stop,
    });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    this.keep(response);
  }
}

/** Reads past the stream machinery and its new buffer for each read: the stamp comes sooner (docs/accuracy.md). */
function lending(take: (lent: Uint8Array) => void): OnReadOpts {
  return {
    buffer: Buffer.allocUnsafe(64 * 1024),
    callback(length, buffer) {
      take(buffer.subarray(0, length));
      return true;
    },
  };
}

function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
