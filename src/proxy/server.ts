import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerJson, answerText, errorBody, launchHeader } from './answers.ts';
import { exchange } from './exchange.ts';
import { Gate, type GateListener } from './gate.ts';
import type { ListenOptions } from './messages.ts';
import { answerMeta, answerProgress, type FrozenMeta, freezeMeta } from './meta.ts';
import { countAnswer, metricsText, newCounters } from './metrics.ts';
import { refuseBody } from './refuse-body.ts';
import { bodySize } from './request-head.ts';
import { pathOf, routeOf } from './routes.ts';
import { tokenCheck } from './token.ts';

/** Clients may keep their connections longer than engines do. */
const keepAliveMs = 75_000;
/** What is still being written when the proxy ends may take so long. */
const lastWordsMs = 500;

/** One request and what answers it. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Asks for the body where the client waits to be asked. */
  readonly goOn: () => void;
  readonly awaitsContinue: boolean;
}

/** The reverse proxy of one experiment: /v1/*, /meta, /healthz and /metrics on one address. */
export class ProxyServer {
  readonly #options: ListenOptions;
  readonly #gate: Gate;
  readonly #isAllowed: (authorization: string | undefined) => boolean;
  readonly #counters = newCounters();
  readonly #server: Server;
  #meta: FrozenMeta | null = null;
  #logPath: string | null = null;
  #phase = 'preparing';
  #phaseSince = process.uptime();
  #workSince = process.uptime();

  constructor(options: ListenOptions, listener: GateListener) {
    this.#options = options;
    this.#gate = new Gate(options.idleStopMs, listener);
    this.#isAllowed = tokenCheck(options.token);
    this.#server = createServer({ noDelay: true, keepAliveTimeout: keepAliveMs });
    // A request that waits for the engine to wake may wait for minutes.
    this.#server.requestTimeout = 0;
    this.#server.on('request', (request, response) =>
      this.#inTurn({ request, response, goOn: () => {}, awaitsContinue: false }),
    );
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#inTurn({ request, response, goOn: () => response.writeContinue(), awaitsContinue: true }),
    );
    this.#server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) =>
      this.#refuse(response, 417, 'expectation_failed', 'only 100-continue can be expected'),
    );
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseConnection(error, socket, this.#launch),
    );
  }

  /** Listens, or rejects with the system's error. */
  listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** What is being done until the next snapshot. */
  phase(phase: string): void {
    this.#phase = phase;
    this.#phaseSince = process.uptime();
  }

  /** A launch begins: its snapshot is to come. */
  start(launch: number, logPath: string | null): void {
    if (launch > 1) this.#workSince = process.uptime();
    this.#meta = null;
    this.#logPath = logPath;
    this.#gate.start(launch);
  }

  /** The engine answers on a port of 127.0.0.1: requests go there from now on. */
  open(port: number): void {
    this.#gate.open(port);
  }

  /** @param text canonical JSON; @param sha256 of it, hex. */
  freeze(text: string, sha256: string): void {
    this.#meta = freezeMeta(text, sha256);
  }

  /** From now on silence may stop the engine. */
  settle(): void {
    this.#gate.allowIdle();
  }

  /** The engine has been stopped; what /meta said is no longer so. */
  sleep(): void {
    this.#meta = null;
    this.phase('asleep until the next request to /v1');
    this.#gate.sleep();
  }

  /** Says why to who still waits, lets answers that are being written leave, then drops every connection. */
  async end(cause: string): Promise<void> {
    this.#gate.end(cause);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const limit = setTimeout(() => this.#server.closeAllConnections(), lastWordsMs);
    await closed;
    clearTimeout(limit);
  }

  get #launch(): string {
    return `${this.#options.runId}-${this.#gate.launch}`;
  }

  /** A pipelined request is taken up once the answers before it are out. */
  #inTurn(asked: Asked): void {
    if (asked.response.socket !== null) this.#answer(asked);
    else asked.response.once('socket', () => this.#answer(asked));
  }

  #answer(asked: Asked): void {
    const { request, response } = asked;
    const path = pathOf(request.url ?? '/');
    const route = routeOf(path);
    response.once('close', () => {
      if (response.headersSent) countAnswer(this.#counters, route, response.statusCode);
    });
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (route !== 'healthz' && !this.#isAllowed(request.headers.authorization)) {
      const message = 'this proxy asks for a token: Authorization: Bearer ...';
      this.#refuse(response, 401, 'unauthorized', message, { 'www-authenticate': 'Bearer' });
    } else if (route === 'v1') this.#takeUp(asked, path);
    else if (route === 'other') {
      const message = `nothing at ${path}: this is bench proxy, which answers /v1/*, /meta, /healthz and /metrics`;
      this.#refuse(response, 404, 'not_found', message);
    } else if (!isRead) {
      this.#refuse(response, 405, 'method_not_allowed', 'GET or HEAD', { allow: 'GET, HEAD' });
    } else if (route === 'meta') this.#answerMeta(request, response);
    else if (route === 'healthz') answerJson(response, this.#launch, 200, this.#health());
    else
      answerText(response, this.#launch, 200, this.#metrics(), {
        'content-type': 'text/plain; version=0.0.4',
      });
  }

  /** A request to the engine: sent on, refused, or kept until the engine is awake. */
  #takeUp(asked: Asked, path: string): void {
    const { request, response } = asked;
    const { maxBodyBytes } = this.#options;
    const size = bodySize(request);
    if (size !== 'chunked' && size > maxBodyBytes) {
      // Who waits to be asked for the body will not send it.
      if (asked.awaitsContinue) response.shouldKeepAlive = false;
      refuseBody({ request, response, launch: this.#launch, maxBodyBytes });
      return;
    }
    const admission = this.#gate.admit();
    if (admission.kind === 'open') {
      const leave = this.#gate.enter();
      response.once('close', leave);
      asked.goOn();
      const [launch, counters, hasToken] = [this.#launch, this.#counters, this.#options.token !== null];
      const { engine } = admission;
      exchange({ request, response, engine, path, launch, hasToken, maxBodyBytes, counters });
    } else if (admission.kind === 'wait') {
      const forget = this.#gate.wait(() => {
        response.off('close', forget);
        this.#takeUp(asked, path);
      });
      response.once('close', forget);
    } else if (admission.kind === 'over') {
      this.#refuse(response, 502, 'bad_gateway', this.#gate.cause);
    } else {
      const message = `the engine is not ready yet: ${this.#phase}`;
      this.#refuse(response, 503, 'service_unavailable', message, { 'retry-after': '1' });
    }
  }

  #answerMeta(request: IncomingMessage, response: ServerResponse): void {
    if (this.#meta !== null) {
      answerMeta(request, response, this.#launch, this.#meta);
      return;
    }
    const now = process.uptime();
    const progress = {
      status: this.#gate.state,
      launch: this.#launch,
      phase: this.#phase,
      phaseSeconds: now - this.#phaseSince,
      seconds: now - this.#workSince,
    };
    void answerProgress(response, progress, this.#logPath);
  }

  #health(): object {
    const { state } = this.#gate;
    return {
      status: 'ok',
      engine: state,
      snapshot: this.#meta === null ? null : this.#meta.etag.slice(1, -1),
    };
  }

  #metrics(): string {
    return metricsText(this.#counters, {
      isUp: this.#gate.state === 'open',
      launch: this.#gate.launch,
      secondsInStates: this.#gate.secondsInStates(),
    });
  }

  #refuse(
    response: ServerResponse,
    status: number,
    type: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    answerJson(response, this.#launch, status, errorBody(status, type, message), headers);
  }
}

/** What is no HTTP gets the last word on its connection. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, launch: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\n${launchHeader}: ${launch}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}
