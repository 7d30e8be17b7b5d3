import { constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';

/** How much of a log is kept: so much of its beginning, and of its end between one and two tail parts. */
export interface LogLimits {
  readonly headBytes: number;
  readonly tailPartBytes: number;
}

/** 64 MB at most: 32 of the head, 16 to 32 of the tail. */
const logLimits: LogLimits = { headBytes: 32 << 20, tailPartBytes: 16 << 20 };

/** A log on disk that never grows beyond its limits and never fails its writer. */
export interface LogFile {
  /** Adds text that ends with a line; order is kept. */
  append(text: string): void;
  /** Bytes taken but not yet on disk: the measure of backpressure. */
  pendingBytes(): number;
  /** Resolves when all that was appended is on disk (or lost). */
  drained(): Promise<void>;
  /** Joins head and tail in one file, with a line that says what was dropped between them. */
  close(): Promise<void>;
  /** What was lost to a failing disk, as a sentence; null when nothing was. */
  problem(): string | null;
}

/** Creates (or empties) the log. Problems of the disk, now or later, become `problem()`. */
export function openLogFile(path: string, limits: LogLimits = logLimits): LogFile {
  const parts = new LogParts(path, limits);
  let queue: Buffer[] = [];
  let pending = 0;
  let writing: Promise<void> | null = null;
  let lost = 0;
  let problem: string | null = null;

  const attempt = async (work: () => Promise<void>, bytes: number): Promise<void> => {
    try {
      if (problem === null) await work();
      else lost += bytes;
    } catch (error) {
      lost += bytes;
      problem ??= (error as Error).message;
    }
  };
  const writeAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = Buffer.concat(queue);
      queue = [];
      await attempt(() => parts.write(batch), batch.length);
      pending -= batch.length;
    }
    writing = null;
  };
  return {
    append(text) {
      const bytes = Buffer.from(text);
      queue.push(bytes);
      pending += bytes.length;
      writing ??= writeAll();
    },
    pendingBytes: () => pending,
    drained: async () => {
      while (writing !== null) await writing;
    },
    async close() {
      while (writing !== null) await writing;
      await attempt(() => parts.join(), 0);
      await parts.close();
    },
    problem: () =>
      problem === null ? null : `${path} could not be written (${problem}); ${lost} bytes of it are lost`,
  };
}

/** The head in the log itself; once that is full, the tail in two files beside it that take turns. */
class LogParts {
  readonly #path: string;
  readonly #limits: LogLimits;
  #file: FileHandle | null = null;
  #bytes = 0;
  #inTail = false;
  /** Bytes and lines of the tail part that the current one replaced, and of all dropped before. */
  #older: { bytes: number; lines: number } | null = null;
  #lines = 0;
  #dropped = { bytes: 0, lines: 0 };

  constructor(path: string, limits: LogLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  async write(batch: Buffer): Promise<void> {
    this.#file ??= await open(this.#path, 'w');
    const limit = this.#inTail ? this.#limits.tailPartBytes : this.#limits.headBytes;
    const room = limit - this.#bytes;
    const cut = batch.length <= room ? batch.length : room > 0 ? batch.lastIndexOf(0x0a, room - 1) + 1 : 0;
    await this.#put(batch.subarray(0, cut));
    if (cut === batch.length) return;
    await this.#nextPart();
    // A single line longer than a part is kept whole.
    const rest = batch.subarray(cut);
    if (rest.lastIndexOf(0x0a, this.#limits.tailPartBytes - 1) >= 0) await this.write(rest);
    else await this.#put(rest);
  }

  async join(): Promise<void> {
    if (!this.#inTail) {
      this.#file ??= await open(this.#path, 'w');
      return;
    }
    await this.#file?.close();
    const log = await open(this.#path, constants.O_WRONLY | constants.O_APPEND);
    this.#file = log;
    if (this.#dropped.bytes > 0) {
      await log.write(
        `... ${this.#dropped.lines} lines (${this.#dropped.bytes} bytes) were dropped here ...\n`,
      );
    }
    for (const part of [this.#older === null ? null : this.#olderPath, this.#currentPath]) {
      if (part !== null) await appendFile(log, part);
    }
    await rm(this.#olderPath, { force: true });
    await rm(this.#currentPath, { force: true });
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
  }

  get #olderPath(): string {
    return `${this.#path}.tail-1`;
  }

  get #currentPath(): string {
    return `${this.#path}.tail-2`;
  }

  async #put(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = (await this.#file?.write(bytes, at)) ?? { bytesWritten: bytes.length };
      at += bytesWritten;
    }
    this.#bytes += bytes.length;
    if (this.#inTail) this.#lines += bytes.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 0);
  }

  async #nextPart(): Promise<void> {
    await this.#file?.close();
    if (this.#inTail) {
      if (this.#older !== null) {
        this.#dropped = {
          bytes: this.#dropped.bytes + this.#older.bytes,
          lines: this.#dropped.lines + this.#older.lines,
        };
      }
      this.#older = { bytes: this.#bytes, lines: this.#lines };
      await rename(this.#currentPath, this.#olderPath);
    }
    this.#inTail = true;
    this.#bytes = 0;
    this.#lines = 0;
    this.#file = await open(this.#currentPath, 'w');
  }
}

async function appendFile(log: FileHandle, path: string): Promise<void> {
  const part = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(1 << 20);
    for (let left = (await stat(path)).size; left > 0; ) {
      const { bytesRead } = await part.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      await log.write(buffer, 0, bytesRead);
      left -= bytesRead;
    }
  } finally {
    await part.close();
  }
}
