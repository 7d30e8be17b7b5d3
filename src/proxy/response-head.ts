import { BadFraming, type Framing } from './framing.ts';
import { valuesOf } from './headers.ts';

/** Status line and headers of a response, and how its body ends. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value ... as they came. */
  readonly raw: readonly string[];
  readonly framing: Framing;
  /** Whether the connection may serve another request after it. */
  readonly staysOpen: boolean;
}

/** What a head may come to before it is refused. */
const headLimit = 65_536;

/** Reads the head of one response; interim ones (1xx) are passed over. */
export class HeadReader {
  readonly #method: string;
  #held: Buffer = Buffer.alloc(0);

  /** @param method of the request: a HEAD has no body. */
  constructor(method: string) {
    this.#method = method;
  }

  /**
   * Takes one read; null until the head is whole.
   * @returns the head and the rest of the bytes, a view of the read where it can be.
   * @throws BadFraming
   */
  take(read: Buffer): { readonly head: ResponseHead; readonly rest: Buffer } | null {
    let bytes = this.#held.length === 0 ? read : Buffer.concat([this.#held, read]);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end > headLimit || (end === -1 && bytes.length > headLimit))
        throw new BadFraming('too long a head');
      if (end === -1) {
        // A copy: the read's own buffer is used again.
        this.#held = Buffer.from(bytes);
        return null;
      }
      const head = parseHead(bytes.toString('latin1', 0, end), this.#method);
      bytes = bytes.subarray(end + 4);
      if (head.status >= 200) return { head, rest: bytes };
      this.#held = Buffer.alloc(0);
    }
  }
}

function parseHead(text: string, method: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const start = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: (.*))?$/.exec(first);
  if (start === null) throw new BadFraming('no HTTP/1.1');
  const raw = lines.flatMap((line) => {
    const pair = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (pair === null) throw new BadFraming('a header that is none');
    return [pair[1] ?? '', pair[2] ?? ''];
  });
  const status = Number(start[2]);
  const framing = framingOf(status, method, raw);
  const closes = valuesOf(raw, 'connection').some((value) => /\bclose\b/i.test(value));
  const staysOpen = start[1] === '1' && !closes && framing.kind !== 'until-close';
  return { status, reason: start[3] ?? '', raw, framing, staysOpen };
}

/** RFC 9112, 6.3. */
function framingOf(status: number, method: string, raw: readonly string[]): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  const encodings = valuesOf(raw, 'transfer-encoding');
  if (encodings.length > 0) {
    if (encodings.join(',').trim().toLowerCase() !== 'chunked')
      throw new BadFraming('a transfer encoding besides chunked');
    return { kind: 'chunked' };
  }
  const lengths = new Set(valuesOf(raw, 'content-length'));
  const [length] = lengths;
  if (length === undefined) return { kind: 'until-close' };
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw new BadFraming('a Content-Length that is none');
  return Number(length) === 0 ? { kind: 'none' } : { kind: 'sized', bytes: Number(length) };
}
