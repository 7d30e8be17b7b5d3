import { connect, type Socket } from 'node:net';

/**
 * A connection is used again only so long after its last answer: engines close theirs after 5 s (uvicorn, llama.cpp),
 * and a request that meets the close is lost. None of this proxy's requests may be sent twice.
 */
const idleLimitMs = 2_000;
/** Of one read; a token's event is some 200 bytes. */
const readBytes = 16_384;

/** Who uses a connection now. */
export interface ConnectionUser {
  /** One read, in the connection's buffer until this returns. False: read no more for now. */
  read(bytes: Buffer): boolean;
  /** The engine ends it in order: nothing more is to be read. */
  ended(): void;
  /** It is gone. */
  broken(why: string): void;
}

/** One connection to the engine, for one request after another. */
export class EngineConnection {
  readonly #pool: EngineConnections;
  readonly socket: Socket;
  #user: ConnectionUser | null = null;
  #buffer = Buffer.allocUnsafeSlow(readBytes);
  /** In seconds of `process.uptime`. */
  idleSince = 0;

  constructor(pool: EngineConnections, port: number) {
    this.#pool = pool;
    this.socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      // Reads past the stream machinery: a third less time per token.
      onread: { buffer: () => this.#buffer, callback: (length) => this.#read(length) },
    });
    this.socket.on('end', () => this.#user?.ended());
    this.socket.on('error', (error) => this.#lost(`the engine broke off: ${error.message}`));
    this.socket.on('close', () => this.#lost('the engine closed the connection'));
  }

  /** Hands it to a request. */
  use(user: ConnectionUser): void {
    this.#user = user;
  }

  /** What was read is still needed: the next read goes elsewhere. */
  keepBuffer(): void {
    this.#buffer = Buffer.allocUnsafeSlow(readBytes);
  }

  /** The request is over, and the connection may serve another. */
  release(): void {
    this.#user = null;
    this.#pool.keep(this);
  }

  /** The request is over, and so is the connection. */
  drop(): void {
    this.#user = null;
    this.socket.destroy();
  }

  #read(length: number): boolean {
    const buffer = this.#buffer;
    if (this.#user !== null)
      return this.#user.read(length === buffer.length ? buffer : buffer.subarray(0, length));
    // Nobody asked for this.
    this.socket.destroy();
    return true;
  }

  #lost(why: string): void {
    this.#pool.forget(this);
    this.#user?.broken(why);
  }
}

/** The connections to one engine that are free. */
export class EngineConnections {
  readonly #port: number;
  readonly #free: EngineConnection[] = [];
  #sweep: NodeJS.Timeout | null = null;
  #isClosed = false;

  /** @param port of the engine, on 127.0.0.1. */
  constructor(port: number) {
    this.#port = port;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** A connection that was used just now, or a new one. */
  take(user: ConnectionUser): EngineConnection {
    const last = this.#free.pop();
    const isFresh = last !== undefined && process.uptime() - last.idleSince < idleLimitMs / 1000;
    if (!isFresh) last?.drop();
    const connection = isFresh ? last : new EngineConnection(this, this.#port);
    connection.use(user);
    return connection;
  }

  /** Takes one back. */
  keep(connection: EngineConnection): void {
    if (this.#isClosed || connection.socket.destroyed) {
      connection.drop();
      return;
    }
    connection.idleSince = process.uptime();
    this.#free.push(connection);
    this.#sweep ??= setTimeout(() => this.#dropOld(), idleLimitMs);
  }

  /** One that has ended by itself. */
  forget(connection: EngineConnection): void {
    const at = this.#free.indexOf(connection);
    if (at !== -1) this.#free.splice(at, 1);
  }

  /** Those in use end with their requests. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#sweep ?? undefined);
    for (const connection of this.#free.splice(0)) connection.drop();
  }

  #dropOld(): void {
    this.#sweep = null;
    const limit = process.uptime() - idleLimitMs / 1000;
    const old = this.#free.filter((connection) => connection.idleSince <= limit);
    for (const connection of old) {
      this.forget(connection);
      connection.drop();
    }
    if (this.#free.length > 0) this.#sweep = setTimeout(() => this.#dropOld(), idleLimitMs / 2);
  }
}
