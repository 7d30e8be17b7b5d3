import type { LineReader } from './http-fields.ts';

/** Is handed a piece of the body; must not throw. */
export type TakeBody = (piece: Buffer) => void;

/** The body of one response; `push` throws an Error whose message says what broke the protocol. */
export interface BodyReader {
  /** Hands the body bytes found from `at` on to `take`, in order; gives the offset of what is left over. */
  push(bytes: Buffer, at: number, take: TakeBody): number;
  /** The connection's end; true when the body is complete with it. */
  end(): boolean;
  isComplete(): boolean;
}

/** The reader that status and headers ask for (RFC 9112 6.3): none, chunked, by length, or until the close. */
export function bodyReader(
  status: number,
  headers: ReadonlyMap<string, string>,
  lines: LineReader,
): BodyReader {
  if (status === 101 || status === 204 || status === 304) return lengthBody(0);
  const coding = headers.get('transfer-encoding')?.toLowerCase();
  if (coding !== undefined) return /(^|,)\s*chunked$/.test(coding) ? chunkedBody(lines) : closeBody();
  const length = headers.get('content-length');
  if (length === undefined) return closeBody();
  const values = new Set(length.split(',').map((value) => value.trim()));
  const [only] = values;
  if (values.size !== 1 || only === undefined || !/^\d{1,15}$/.test(only)) {
    throw new Error(`the response has no usable content-length: ${JSON.stringify(length)}`);
  }
  return lengthBody(Number(only));
}

function lengthBody(length: number): BodyReader {
  let left = length;
  return {
    push(bytes, at, take) {
      const end = Math.min(bytes.length, at + left);
      if (end > at) take(bytes.subarray(at, end));
      left -= end - at;
      return end;
    },
    end: () => left === 0,
    isComplete: () => left === 0,
  };
}

function closeBody(): BodyReader {
  let ended = false;
  return {
    push(bytes, at, take) {
      if (at < bytes.length) take(bytes.subarray(at));
      return bytes.length;
    },
    end() {
      ended = true;
      return true;
    },
    isComplete: () => ended,
  };
}

function chunkedBody(lines: LineReader): BodyReader {
  let state: 'size' | 'data' | 'after-data' | 'trailers' | 'complete' = 'size';
  let left = 0;

  /** What a whole line means in the state the body is in; a chunk's data is not made of lines. */
  function takeLine(line: string): void {
    if (state === 'size') {
      left = chunkSize(line);
      state = left === 0 ? 'trailers' : 'data';
      lines.reset();
    } else if (state === 'after-data') {
      if (line !== '') throw new Error('a chunk of the response is longer than its stated size');
      state = 'size';
    } else if (line === '') {
      state = 'complete'; // trailer fields before it say nothing a measurement needs
    }
  }

  return {
    push(bytes, from, take) {
      let at = from;
      while (at < bytes.length && state !== 'complete') {
        if (state === 'data') {
          const end = Math.min(bytes.length, at + left);
          take(bytes.subarray(at, end));
          left -= end - at;
          at = end;
          if (left === 0) state = 'after-data';
          continue;
        }
        const read = lines.take(bytes, at);
        at = read.next;
        if (read.line !== null) takeLine(read.line);
      }
      return at;
    },
    end: () => state === 'complete',
    isComplete: () => state === 'complete',
  };
}

/** A chunk-size line without its extensions -> bytes. */
function chunkSize(line: string): number {
  if (!/^[0-9a-f]{1,12}[ \t]*(?:;|$)/i.test(line))
    throw new Error(`a chunk of the response has no size: ${JSON.stringify(line)}`);
  return Number.parseInt(line, 16);
}
