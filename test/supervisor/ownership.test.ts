import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  listensEverywhere,
  parseListeners,
  portOwnership,
  reachableLocally,
  readListeners,
} from '../../src/supervisor/ownership.ts';
import { engines } from './fixture.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (address: string, state: string, inode: number): string =>
  `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;

describe('parseListeners', () => {
  it('reads addresses of both families and skips what does not listen', () => {
    const text =
      header +
      row('0100007F:1F90', '0A', 1) +
      row('00000000:1F91', '0A', 2) +
      row('0100007F:1F92', '01', 3) +
      row('00000000000000000000000000000000:1F93', '0A', 4) +
      row('00000000000000000000000001000000:1F94', '0A', 5) +
      row('0000000000000000FFFF00000100007F:1F95', '0A', 6) +
      row('0500000A:1F96', '0A', 7);
    const listeners = parseListeners(text);
    expect(listeners.map(({ address, port, inode }) => `${address} ${port} ${inode}`)).toEqual([
      '127.0.0.1 8080 1',
      '0.0.0.0 8081 2',
      ':: 8083 4',
      '::1 8084 5',
      '::ffff:127.0.0.1 8085 6',
      '10.0.0.5 8086 7',
    ]);
    expect(listeners.map(reachableLocally)).toEqual([true, true, true, false, true, false]);
    expect(listeners.map(listensEverywhere)).toEqual([false, true, true, false, false, false]);
  });

  it('reads nothing from nothing', () => {
    expect(parseListeners('')).toEqual([]);
  });
});

describe('portOwnership', () => {
  const sharer = async (port: number): Promise<ChildProcess> => {
    const child = spawn('python3', [join(engines, 'shares_port.py'), '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  };

  it('is none before anybody listens, owned by its process, foreign to another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const state = (pids: number[]): string =>
      portOwnership(port, readListeners(process.pid), () => pids).state;
    expect(state([process.pid])).toBe('owned');
    expect(state([process.ppid])).toBe('foreign');
    expect(state([])).toBe('foreign');
    server.close();
    await once(server, 'close');
    expect(state([process.pid])).toBe('none');
  });

  it('sees a stranger who shares the port by SO_REUSEPORT', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, 'close');
    const first = await sharer(port);
    const own = (): number[] => [first.pid ?? 0];
    expect(portOwnership(port, readListeners(process.pid), own).state).toBe('owned');
    const second = await sharer(port);
    const shared = portOwnership(port, readListeners(process.pid), own);
    expect(shared).toMatchObject({ state: 'foreign', foreign: [{ port, address: '127.0.0.1' }] });
    expect(
      portOwnership(port, readListeners(process.pid), () => [first.pid ?? 0, second.pid ?? 0]).state,
    ).toBe('owned');
  });
});
