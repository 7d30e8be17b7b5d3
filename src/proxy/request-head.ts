import type { IncomingMessage } from 'node:http';
import { endToEnd, valuesOf } from './headers.ts';

/** Of the connection to the client: `expect` was answered here, and compressed tokens would come in lumps. */
const ours = new Set(['expect', 'accept-encoding']);
/** With a token the proxy asks for, `authorization` is between client and proxy. */
const oursWithToken = new Set([...ours, 'authorization']);

/** How much body a request says it has: bytes, none, or `chunked` when it will be known at its end. */
export function bodySize(request: IncomingMessage): number | 'chunked' {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return 'chunked';
  return Number(headers['content-length'] ?? 0);
}

/** The head of the request to the engine. */
export function requestHead(
  request: IncomingMessage,
  to: { readonly path: string; readonly host: string; readonly hasToken: boolean },
): string {
  const kept = endToEnd(request.rawHeaders, to.hasToken ? oursWithToken : ours);
  const lines = [`${request.method} ${to.path} HTTP/1.1`];
  if (valuesOf(kept, 'host').length === 0) lines.push(`Host: ${to.host}`);
  for (let at = 0; at < kept.length; at += 2) lines.push(`${kept[at]}: ${kept[at + 1]}`);
  lines.push('Accept-Encoding: identity');
  if (bodySize(request) === 'chunked') lines.push('Transfer-Encoding: chunked');
  lines.push('', '');
  return lines.join('\r\n');
}
