import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { answerJson, launchHeader } from './answers.ts';

/** A frozen snapshot, ready to be sent. */
export interface FrozenMeta {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

/** What the launch is at while there is no snapshot. */
export interface MetaProgress {
  readonly status: string;
  readonly launch: string;
  readonly phase: string;
  readonly phaseSeconds: number;
  /** Since the proxy or the engine was last idle. */
  readonly seconds: number;
}

/**
 * Prepares a snapshot once for all who ask. The ETag is the sha256 of the document, whichever way it travels.
 * @param text canonical JSON; @param sha256 of it, hex.
 */
export function freezeMeta(text: string, sha256: string): FrozenMeta {
  const plain = Buffer.from(text);
  return { etag: `"${sha256}"`, plain, gzipped: gzipSync(plain) };
}

/** Sends the snapshot, compressed where that is welcome, or 304 to who has it. */
export function answerMeta(
  request: IncomingMessage,
  response: ServerResponse,
  launch: string,
  meta: FrozenMeta,
): void {
  const common = {
    [launchHeader]: launch,
    etag: meta.etag,
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
  };
  if (hasIt(request.headers['if-none-match'], meta.etag)) {
    response.writeHead(304, common);
    response.end();
    return;
  }
  const isGzipped = acceptsGzip(request.headers['accept-encoding']);
  const body = isGzipped ? meta.gzipped : meta.plain;
  response.writeHead(200, {
    ...common,
    'content-type': 'application/json',
    'content-length': body.length,
    ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** 503 with what is going on, and the last lines of the engine's log. */
export async function answerProgress(
  response: ServerResponse,
  progress: MetaProgress,
  logPath: string | null,
): Promise<void> {
  const lines = logPath === null ? [] : await lastLines(logPath, 5);
  answerJson(
    response,
    progress.launch,
    503,
    { ...progress, lines },
    { 'retry-after': '1', 'cache-control': 'no-store' },
  );
}

function hasIt(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

const tailBytes = 8_192;

/** The last whole lines of a file; none when it cannot be read. */
async function lastLines(path: string, count: number): Promise<string[]> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - tailBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      return (from === 0 ? lines : lines.slice(1)).filter((line) => line !== '').slice(-count);
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}
