import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { interpretOpenAi } from '../../src/engines/openai-stream.ts';
import { ask } from '../../src/measure/ask.ts';
import { startClock } from '../../src/measure/clock.ts';
import { type Connection, connect } from '../../src/measure/connection.ts';
import { startScriptedEngine } from '../scripted-engine/server.ts';

const clock = startClock();
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

afterEach(() => vi.unstubAllEnvs());

/** A key and a certificate for localhost that nobody has signed but itself. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  );
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

function askOnce(connection: Connection) {
  return ask(connection, {
    path: '/chat/completions',
    headers: {},
    body: {
      messages: [{ role: 'user', content: `[[case:C6-split]] ${'word '.repeat(100_000)}` }],
      stream: true,
    },
    requestId: 'tls',
    timeoutMs: 10_000,
    interpret: interpretOpenAi,
    signal: new AbortController().signal,
    identity: { launch: 1, arm: 'baseline', pair: null, round: 1, query: 'q' },
    scheduledNs: clock.now(),
  });
}

test.skipIf(!hasOpenssl)(
  'https is the same path; a certificate that nobody trusts ends as an outcome',
  async () => {
    const engine = await startScriptedEngine({ pace: { timeScale: 0.05 } });
    const server = createServer(selfSigned(), (socket) => {
      const upstream = connectTcp(engine.port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      for (const each of [socket, upstream]) each.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `https://localhost:${typeof address === 'object' ? address?.port : ''}/v1`;
    const untrusted = await askOnce(connect(url, clock));
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const connection = connect(url, clock);
    const first = await askOnce(connection);
    const second = await askOnce(connection);
    connection.close();
    server.close();
    await engine.close();
    expect(untrusted.trace).toMatchObject({ outcome: 'truncated', sentNs: null });
    expect(untrusted.trace.error).toMatch(/^could not connect: .*self.signed/);
    expect([first.trace.outcome, second.trace.outcome]).toEqual(['ok', 'ok']);
    expect(first.trace.textSha256).toBe(engine.records.get('tls')?.textSha256);
    expect([first.trace.connectNs === null, second.trace.connectNs === null]).toEqual([false, true]);
  },
);
