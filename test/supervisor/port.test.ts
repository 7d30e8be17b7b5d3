import { execFileSync } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HeldPort, holdPort } from '../../src/supervisor/port.ts';

const hold = (): HeldPort => {
  const held = holdPort();
  onTestFinished(() => held.release());
  return held;
};

/** Binds and listens in another process with the given socket options; prints what happened. */
const bindElsewhere = (port: number, options: readonly string[]): string =>
  execFileSync(
    'python3',
    [
      '-c',
      `import socket,sys,errno
s=socket.socket()
for o in sys.argv[2:]: s.setsockopt(socket.SOL_SOCKET,getattr(socket,o),1)
try:
  s.bind(("127.0.0.1",int(sys.argv[1]))); s.listen(); print("listening")
except OSError as e: print(errno.errorcode[e.errno])`,
      String(port),
      ...options,
    ],
    { encoding: 'utf8' },
  ).trim();

describe('a held port', () => {
  it('can be bound by a server with SO_REUSEADDR, and by none without', () => {
    const { port } = hold();
    expect(bindElsewhere(port, ['SO_REUSEADDR'])).toBe('listening');
    expect(bindElsewhere(port, ['SO_REUSEADDR', 'SO_REUSEPORT'])).toBe('listening');
    expect(bindElsewhere(port, [])).toBe('EADDRINUSE');
  });

  it('can be bound by anyone once released', () => {
    const held = hold();
    held.release();
    held.release();
    expect(bindElsewhere(held.port, [])).toBe('listening');
  });

  it('does not listen: nobody gets an answer from it', async () => {
    const { port } = hold();
    const code = await new Promise((resolve) => {
      connect(port, '127.0.0.1').on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).toBe('ECONNREFUSED');
  });

  it('is never handed out by the kernel to somebody who asks for any port', async () => {
    const ports = new Set(Array.from({ length: 500 }, () => hold().port));
    expect(ports.size).toBe(500);
    const servers: Server[] = [];
    onTestFinished(() => {
      for (const server of servers) server.close();
    });
    for (let i = 0; i < 500; i++) {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      servers.push(server);
      const address = server.address();
      expect(ports.has(typeof address === 'object' && address !== null ? address.port : 0)).toBe(false);
    }
  });

  it('leaves deprecation warnings of others on', () => {
    holdPort().release();
    expect('noDeprecation' in process).toBe(false);
  });
});
