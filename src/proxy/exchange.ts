import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerJson, errorBody, launchHeader } from './answers.ts';
import type { ConnectionUser, EngineConnection, EngineConnections } from './engine-connections.ts';
import { BadFraming, type BodyReader, bodyReader, type Framing } from './framing.ts';
import { endToEnd } from './headers.ts';
import type { Counters } from './metrics.ts';
import { refuseBody } from './refuse-body.ts';
import { bodySize, requestHead } from './request-head.ts';
import { HeadReader, type ResponseHead } from './response-head.ts';

/** One request on its way to the engine. */
export interface ExchangeInput {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly engine: EngineConnections;
  readonly path: string;
  /** `x-bench-launch` of the answer. */
  readonly launch: string;
  readonly hasToken: boolean;
  readonly maxBodyBytes: number;
  readonly counters: Counters;
}

/** Set here, not by the engine. */
const ours = new Set([launchHeader]);

/** Sends a request to the engine and its answer to the client, each read as one write. */
export function exchange(input: ExchangeInput): void {
  new Exchange(input).start();
}

/** A request and its answer, from the connection to the engine to the last byte or the end of either side. */
class Exchange implements ConnectionUser {
  readonly #input: ExchangeInput;
  readonly #client: Socket;
  readonly #connection: EngineConnection;
  readonly #heads: HeadReader;
  /** Head and body as far as they have come before the first write; null after it. */
  #unsent: Buffer[] | null;
  #bodyBytes = 0;
  #hasAsked = false;
  #head: ResponseHead | null = null;
  #body: BodyReader | null = null;
  /** Body bytes go to the client as they come; else each piece of content through node:http. */
  #isVerbatim = false;
  #isOver = false;

  constructor(input: ExchangeInput) {
    const { request, response, engine, path, hasToken } = input;
    this.#input = input;
    // Null only before it is this request's turn on its connection.
    this.#client = response.socket as Socket;
    this.#heads = new HeadReader(request.method ?? 'GET');
    this.#unsent = [Buffer.from(requestHead(request, { path, host: engine.host, hasToken }), 'latin1')];
    this.#connection = engine.take(this);
  }

  start(): void {
    const { request, response, counters } = this.#input;
    counters.openStreams += 1;
    response.once('close', () => this.#clientClosed());
    const size = bodySize(request);
    request.on('data', (bytes: Buffer) => this.#takeBody(bytes, size));
    if (size === 'chunked') request.once('end', () => this.#endBody(true));
    else if (size === 0) this.#hasAsked = true;
    // Head and body leave in one write, when the body comes in time: with the head, or while the connection is made.
    const { socket } = this.#connection;
    if (socket.connecting) socket.once('connect', () => this.#flush());
    else if (size === 0) this.#flush();
    else setImmediate(() => this.#flush());
  }

  read(bytes: Buffer): boolean {
    this.#input.counters.responseBytes += bytes.length;
    try {
      return this.#body === null ? this.#readHead(bytes) : this.#pass(bytes, this.#body);
    } catch (error) {
      if (!(error instanceof BadFraming)) throw error;
      this.broken(`the engine does not speak HTTP: ${error.message}`);
      return true;
    }
  }

  ended(): void {
    if (this.#body?.mayClose === true && !this.#isOver) this.#complete();
    else this.broken('the engine closed the connection');
  }

  /** The engine is gone or talks nonsense: 502 while that can be said, else the client's stream is cut. */
  broken(why: string): void {
    const { response, launch, counters } = this.#input;
    if (this.#isOver) return;
    counters.upstreamBroken += 1;
    if (this.#head !== null) {
      this.#cut();
      return;
    }
    this.#finish('drop');
    answerJson(response, launch, 502, errorBody(502, 'bad_gateway', why));
  }

  #clientClosed(): void {
    const { counters } = this.#input;
    counters.openStreams -= 1;
    if (this.#isOver) return;
    counters.clientsLeft += 1;
    this.#finish('drop');
  }

  #flush(): void {
    const unsent = this.#unsent;
    if (unsent === null || this.#isOver) return;
    this.#unsent = null;
    this.#connection.socket.write(unsent.length === 1 ? (unsent[0] ?? '') : Buffer.concat(unsent));
    this.#input.request.resume();
  }

  #takeBody(bytes: Buffer, size: number | 'chunked'): void {
    const { counters, maxBodyBytes } = this.#input;
    if (this.#isOver) return;
    this.#bodyBytes += bytes.length;
    counters.requestBytes += bytes.length;
    if (this.#bodyBytes > maxBodyBytes) this.#refuseBody();
    else if (size === 'chunked') {
      const line = Buffer.from(`${bytes.length.toString(16)}\r\n`);
      this.#send(Buffer.concat([line, bytes, Buffer.from('\r\n')]));
    } else {
      this.#send(bytes);
      if (this.#bodyBytes === size) this.#endBody(false);
    }
  }

  #endBody(isChunked: boolean): void {
    if (isChunked) this.#send(Buffer.from('0\r\n\r\n'));
    this.#hasAsked = true;
    if (!this.#connection.socket.connecting) this.#flush();
  }

  #send(bytes: Buffer): void {
    const { request } = this.#input;
    const { socket } = this.#connection;
    if (this.#isOver) return;
    if (this.#unsent !== null) {
      this.#unsent.push(bytes);
      // What comes before the connection is there is a read or two; more can wait.
      if (this.#unsent.length > 4) request.pause();
    } else if (!socket.write(bytes)) {
      request.pause();
      socket.once('drain', () => request.resume());
    }
  }

  /** A body that turned out too long: the engine never sees its end. */
  #refuseBody(): void {
    if (this.#head !== null) this.#cut();
    else {
      this.#finish('drop');
      refuseBody(this.#input);
    }
  }

  #readHead(bytes: Buffer): boolean {
    const taken = this.#heads.take(bytes);
    if (taken === null) return true;
    const { head, rest } = taken;
    const { request, response, launch } = this.#input;
    const body = bodyReader(head.framing);
    response.sendDate = false;
    try {
      response.writeHead(head.status, head.reason, [...endToEnd(head.raw, ours), launchHeader, launch]);
    } catch {
      throw new BadFraming('a header that cannot be sent on');
    }
    this.#head = head;
    this.#body = body;
    this.#isVerbatim = passesVerbatim(head.framing, request);
    // The engine's own chunks travel on as they are; node:http frames none around them.
    if (this.#isVerbatim) response.chunkedEncoding = false;
    this.#client.cork();
    response.flushHeaders();
    const goesOn = head.framing.kind === 'none' ? this.#complete() : this.#pass(rest, body);
    this.#client.uncork();
    return goesOn;
  }

  #pass(bytes: Buffer, body: BodyReader): boolean {
    if (!this.#isVerbatim) return this.#passContent(bytes, body);
    if (bytes.length === 0) return true;
    const isLast = body.take(bytes, 0, null);
    const client = this.#client;
    const isWaiting = client.writableLength > 0;
    // Behind others it waits for its turn: as a copy, for a buffer holds a hundred times its size.
    const hasRoom = client.write(isWaiting ? Buffer.from(bytes) : bytes);
    // A write that could not be done at once still reads from the buffer.
    if (!isWaiting && client.writableLength > 0) this.#connection.keepBuffer();
    if (isLast) return this.#complete();
    return hasRoom || this.#waitForClient();
  }

  #passContent(bytes: Buffer, body: BodyReader): boolean {
    const { response } = this.#input;
    let hasRoom = true;
    const isLast = body.take(bytes, 0, (piece) => {
      hasRoom = response.write(Buffer.from(piece)) && hasRoom;
    });
    if (isLast) return this.#complete();
    return hasRoom || this.#waitForClient();
  }

  /** A slow client slows the engine's stream, not this process's memory. */
  #waitForClient(): false {
    const target = this.#isVerbatim ? this.#client : this.#input.response;
    target.once('drain', () => {
      if (!this.#isOver) this.#connection.socket.resume();
    });
    return false;
  }

  #complete(): true {
    const { response } = this.#input;
    this.#finish(this.#hasAsked && this.#head?.staysOpen === true ? 'release' : 'drop');
    response.end();
    return true;
  }

  /** Ends an answer that cannot be ended well: without its end, so that nobody takes it for whole. */
  #cut(): void {
    this.#finish('drop');
    this.#client.destroy();
  }

  #finish(how: 'release' | 'drop'): void {
    this.#isOver = true;
    this.#connection[how]();
  }
}

/** Whether the client can have the body with the engine's own framing. */
function passesVerbatim(framing: Framing, request: IncomingMessage): boolean {
  if (framing.kind === 'sized') return true;
  return framing.kind === 'chunked' && request.httpVersionMajor === 1 && request.httpVersionMinor >= 1;
}
