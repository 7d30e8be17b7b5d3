import { type BodyReader, bodyReader, type TakeBody } from './http-body.ts';
import { LineReader, parseFields } from './http-fields.ts';

/** Status line and headers of a final (not 1xx) response. */
export interface ResponseHead {
  readonly status: number;
  /** Lower-case name -> value; repeated fields joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the server allows another request on the connection once the body has ended. */
  readonly keepAlive: boolean;
}

/** Header and trailer bytes a response may have before it is refused. */
const maxHeadBytes = 64 * 1024;

/**
 * Decodes one HTTP/1.x response to a POST or GET, however its bytes are cut, by RFC 9112: 1xx skipped, bare LF
 * accepted as a line end. Reads no clock and no socket, and throws nothing: what broke the protocol is `error`.
 */
export class HttpResponse {
  /** Null until the header block is complete. */
  head: ResponseHead | null = null;
  /** What broke the protocol, as a sentence without its final stop; null while nothing has. */
  error: string | null = null;
  /** Bytes came after the complete response: the connection cannot be used again. */
  hasExcess = false;
  private readonly lines = new LineReader(maxHeadBytes);
  private headLines: string[] = [];
  private body: BodyReader | null = null;

  /** Decodes more bytes and hands the body bytes among them to `take`, in order. */
  push(bytes: Buffer, take: TakeBody): void {
    if (this.error !== null) return;
    try {
      let at = this.takeHead(bytes);
      if (this.body !== null) at = this.body.push(bytes, at, take);
      this.hasExcess ||= at < bytes.length;
    } catch (thrown) {
      this.error = (thrown as Error).message;
    }
  }

  /** The connection's end: completes a body that is delimited by it, or makes `error` say what is missing. */
  end(): void {
    if (this.error !== null || this.body?.end() === true) return;
    const where =
      this.head === null ? 'before the response had its headers' : 'in the middle of the response';
    this.error = `the connection was closed ${where}`;
  }

  isComplete(): boolean {
    return this.error === null && this.body !== null && this.body.isComplete();
  }

  private takeHead(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.head === null) {
      const read = this.lines.take(bytes, at);
      at = read.next;
      if (read.line === null) break;
      if (read.line !== '') this.headLines.push(read.line);
      else if (this.headLines.length > 0) this.finishHead();
    }
    return at;
  }

  private finishHead(): void {
    const head = parseHead(this.headLines);
    this.headLines = [];
    this.lines.reset();
    if (head.status >= 100 && head.status < 200 && head.status !== 101) return;
    this.head = head;
    this.body = bodyReader(head.status, head.headers, this.lines);
  }
}

function parseHead(lines: readonly string[]): ResponseHead {
  const start = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(lines[0] ?? '');
  if (start === null) throw new Error(`the answer is not HTTP/1.1: ${JSON.stringify(lines[0] ?? '')}`);
  const headers = parseFields(lines.slice(1));
  const connection = (headers.get('connection') ?? '').toLowerCase();
  const keepAlive = start[1] === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  return { status: Number(start[2]), headers, keepAlive };
}
