/** How the body of a response ends: not at all (there is none), after so many bytes, by its chunks, by the close. */
export type Framing =
  | { readonly kind: 'none' | 'chunked' | 'until-close' }
  | { readonly kind: 'sized'; readonly bytes: number };

/** Bytes that are no HTTP. */
export class BadFraming extends Error {
  override readonly name = 'BadFraming';
}

/** Follows a body through its reads. */
export interface BodyReader {
  /**
   * Takes one read from `from` on. Answers whether the body is over; whatever comes after it is an error.
   * @param onPayload told of each piece of content, without its framing.
   * @throws BadFraming
   */
  take(bytes: Buffer, from: number, onPayload: ((piece: Buffer) => void) | null): boolean;
  /** Whether the connection may end here. */
  readonly mayClose: boolean;
}

/** A reader for one body. */
export function bodyReader(framing: Framing): BodyReader {
  if (framing.kind === 'chunked') return new ChunkedReader();
  return new PlainReader(framing.kind === 'sized' ? framing.bytes : framing.kind === 'none' ? 0 : null);
}

class PlainReader implements BodyReader {
  /** null: until the connection ends. */
  #left: number | null;

  constructor(bytes: number | null) {
    this.#left = bytes;
  }

  get mayClose(): boolean {
    return this.#left === null;
  }

  take(bytes: Buffer, from: number, onPayload: ((piece: Buffer) => void) | null): boolean {
    const length = bytes.length - from;
    if (this.#left !== null && length > this.#left)
      throw new BadFraming('more bytes than Content-Length says');
    if (length > 0) onPayload?.(from === 0 ? bytes : bytes.subarray(from));
    if (this.#left === null) return false;
    this.#left -= length;
    return this.#left === 0;
  }
}

/** Longest line of a chunk's size with its extensions, and all trailers together. */
const lineLimit = 8_192;
/** Digits of a size: 2^48 bytes are enough. */
const digitLimit = 12;
const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;
const space = 0x20;
const tab = 0x09;

/** RFC 9112, 7.1: size lines, that many bytes, CRLF; a size of 0, trailers, an empty line. Byte by byte: it runs for every token. */
class ChunkedReader implements BodyReader {
  readonly mayClose = false;
  #state: 'size' | 'extension' | 'data' | 'data-end' | 'trailer' | 'over' = 'size';
  /** Of the chunk. */
  #left = 0;
  #digits = 0;
  /** Bytes of the line so far, and whether the last one was its CR. */
  #lineBytes = 0;
  #hasCr = false;

  take(bytes: Buffer, from: number, onPayload: ((piece: Buffer) => void) | null): boolean {
    let at = from;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const upTo = Math.min(bytes.length, at + this.#left);
        onPayload?.(bytes.subarray(at, upTo));
        this.#left -= upTo - at;
        at = upTo;
        if (this.#left === 0) this.#state = 'data-end';
      } else {
        this.#takeByte(bytes[at] ?? 0);
        at += 1;
      }
    }
    return this.#state === 'over';
  }

  #takeByte(byte: number): void {
    if (this.#state === 'over') throw new BadFraming('bytes after the last chunk');
    if (this.#hasCr) {
      if (byte !== lf) throw new BadFraming('a line between chunks without CRLF');
      this.#endLine();
    } else if (byte === cr) this.#hasCr = true;
    else if (byte === lf) throw new BadFraming('a line between chunks without CRLF');
    else {
      if (this.#state === 'data-end') throw new BadFraming('a chunk longer than it says');
      this.#lineBytes += 1;
      if (this.#lineBytes > lineLimit) throw new BadFraming('too long a line between chunks');
      if (this.#state === 'size') this.#takeDigit(byte);
    }
  }

  #takeDigit(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1 && this.#digits < digitLimit) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
    } else if (this.#digits > 0 && (byte === semicolon || byte === space || byte === tab)) {
      this.#state = 'extension';
    } else throw new BadFraming('a chunk without a size');
  }

  #endLine(): void {
    this.#hasCr = false;
    const isEmpty = this.#lineBytes === 0;
    this.#lineBytes = 0;
    if (this.#state === 'data-end') this.#state = 'size';
    else if (this.#state === 'trailer') {
      if (isEmpty) this.#state = 'over';
    } else {
      if (this.#digits === 0) throw new BadFraming('a chunk without a size');
      this.#digits = 0;
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}

/** Value of a hexadecimal digit; -1: none. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
