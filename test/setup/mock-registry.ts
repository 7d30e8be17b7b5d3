import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A registry that shows nothing without a token, and a token server beside it. */
export interface MockRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** `METHOD path`, in order; of the token server with its query. */
  readonly asked: readonly string[];
  /** Authorization headers that the token server got. */
  readonly logins: readonly (string | undefined)[];
  /** Puts a manifest under a tag and its digest; answers the digest. */
  put(tag: string | null, mediaType: string, body: object): string;
  /** Serves other bytes than the digest says. */
  tamper: boolean;
  /** Says this status instead of anything else. */
  status: number | null;
  /** Gives tokens only to this login (base64). */
  login: string | null;
}

/** Starts one for `team/x`; it ends with the test. */
export async function mockRegistry(): Promise<MockRegistry> {
  const blobs = new Map<string, { mediaType: string; text: string; digest: string }>();
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry: MockRegistry = {
    ...{ host, asked, logins, tamper: false, status: null, login: null },
    put(tag, mediaType, body) {
      const text = JSON.stringify({ schemaVersion: 2, mediaType, ...body });
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      for (const name of [tag, digest]) if (name !== null) blobs.set(name, { mediaType, text, digest });
      return digest;
    },
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.startsWith('/token')) {
      logins.push(request.headers.authorization);
      const isRight = registry.login === null || request.headers.authorization === `Basic ${registry.login}`;
      response.statusCode = isRight ? 200 : 401;
      response.end(isRight ? '{"access_token":"let-me-in"}' : '{}');
      return;
    }
    if (request.headers.authorization !== 'Bearer let-me-in') {
      response.setHeader(
        'www-authenticate',
        `Bearer realm="http://${host}/token?kept=1",service="mock",scope="repository:team/x:pull"`,
      );
      response.statusCode = 401;
      response.end();
      return;
    }
    const blob = blobs.get(/^\/v2\/team\/x\/manifests\/(.+)$/.exec(request.url ?? '')?.[1] ?? '');
    response.statusCode = registry.status ?? (blob === undefined ? 404 : 200);
    if (blob !== undefined) {
      response.setHeader('content-type', blob.mediaType);
      response.setHeader('docker-content-digest', blob.digest);
    }
    response.end(request.method === 'HEAD' ? undefined : (blob?.text ?? '') + (registry.tamper ? ' ' : ''));
  };
  return registry;
}
