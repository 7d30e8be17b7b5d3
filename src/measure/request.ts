/** Request headers: name -> value, in the order to send them. */
export type Headers = { readonly [name: string]: string };

/**
 * The bytes of one HTTP/1.1 request, head and body in one buffer so that they go out in one write.
 * @throws TypeError when a header could smuggle a line end into the request.
 */
export function encodeRequest(options: {
  method: 'GET' | 'POST';
  /** `host[:port]` as the Host field has it. */
  host: string;
  path: string;
  headers: Headers;
  body: string | null;
}): Buffer {
  const body = options.body === null ? null : Buffer.from(options.body, 'utf8');
  const fields: [string, string][] = [
    ['host', options.host],
    ['user-agent', 'bench'],
    // A compressed stream would hold tokens back until a block is full.
    ['accept-encoding', 'identity'],
    ...Object.entries(options.headers),
  ];
  if (body !== null) fields.push(['content-length', String(body.length)]);
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  if ([options.path, ...lines].some((line) => /[\r\n\0]/.test(line))) {
    throw new TypeError('a request path or header holds a line end');
  }
  const head = Buffer.from(
    `${options.method} ${options.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
    'latin1',
  );
  return body === null ? head : Buffer.concat([head, body]);
}
