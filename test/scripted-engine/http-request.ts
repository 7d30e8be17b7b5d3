/** One request as the server read it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Reads requests from the bytes of a connection; gives each whole request, with pipelining. */
export class RequestReader {
  private pieces: Buffer[] = [];
  private pendingBytes = 0;
  private neededBytes = 0;

  /** @throws Error on what is not HTTP/1.1. */
  push(bytes: Buffer): HttpRequest[] {
    this.pieces.push(bytes);
    this.pendingBytes += bytes.length;
    const requests: HttpRequest[] = [];
    // A large body is put together once, not at every read.
    while (this.pendingBytes > 0 && this.pendingBytes >= this.neededBytes) {
      const all = Buffer.concat(this.pieces);
      const taken = takeRequest(all);
      if ('neededBytes' in taken) {
        this.pieces = [all];
        this.neededBytes = taken.neededBytes;
        break;
      }
      requests.push(taken.request);
      const rest = all.subarray(taken.endsAt);
      this.pieces = [rest];
      this.pendingBytes = rest.length;
      this.neededBytes = 0;
    }
    return requests;
  }
}

function takeRequest(bytes: Buffer): { request: HttpRequest; endsAt: number } | { neededBytes: number } {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return { neededBytes: bytes.length + 1 };
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const start = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  if (start === null) throw new Error('not HTTP/1.1');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const bodyAt = headEnd + 4;
  const isChunked = headers.get('transfer-encoding')?.toLowerCase() === 'chunked';
  const body = isChunked
    ? chunkedBody(bytes, bodyAt)
    : sizedBody(bytes, bodyAt, Number(headers.get('content-length') ?? 0));
  if ('neededBytes' in body) return body;
  const request = { method: start[1] ?? '', path: start[2] ?? '', headers, body: body.text };
  return { request, endsAt: body.endsAt };
}

function sizedBody(
  bytes: Buffer,
  at: number,
  length: number,
): { text: string; endsAt: number } | { neededBytes: number } {
  const endsAt = at + length;
  return bytes.length < endsAt
    ? { neededBytes: endsAt }
    : { text: bytes.toString('utf8', at, endsAt), endsAt };
}

function chunkedBody(
  bytes: Buffer,
  from: number,
): { text: string; endsAt: number } | { neededBytes: number } {
  const pieces: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return { neededBytes: bytes.length + 1 };
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!Number.isFinite(size)) throw new Error('a chunk without size');
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return { neededBytes: end + 2 };
    if (size === 0) return { text: Buffer.concat(pieces).toString('utf8'), endsAt: end + 2 };
    pieces.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
