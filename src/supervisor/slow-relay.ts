import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A relay between the client and an engine. */
export interface SlowRelay {
  readonly port: number;
  stop(): void;
}

/**
 * Starts a process that passes bytes on and makes every answer last longer by a share of its time: what arrives t after
 * the request is passed on at (1 + share) t. A slowdown of a known size for any engine, to test what is to notice one; with
 * share 0 it only passes on. It ends with bench.
 * @throws Error when the process does not start.
 */
export async function startSlowRelay(enginePort: number, share: number): Promise<SlowRelay> {
  const script = `import('node:net').then((net) => (${relay.toString()})(net, ${enginePort}, ${share}))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [port] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the relay of the self-test did not start');
    }),
  ])) as [number];
  return { port, stop: () => void (child.connected && child.disconnect()) };
}

/** Runs in the other process, alone. */
function relay(net: typeof import('node:net'), enginePort: number, share: number): void {
  // Half open: a side that has said all still hears the rest of the other.
  const options = { noDelay: true, allowHalfOpen: true };
  const sockets = new Set<import('node:net').Socket>();
  const server = net.createServer(options, (client) => {
    const engine = net.connect({ ...options, port: enginePort, host: '127.0.0.1' });
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    let askedMs = Date.now();
    let passedOn = Promise.resolve();
    client.on('data', (bytes) => {
      askedMs = Date.now();
      engine.write(bytes);
    });
    const until = (dueMs: number): Promise<void> | undefined => {
      const leftMs = Math.ceil(dueMs - Date.now());
      return leftMs > 0 ? new Promise((resolve) => setTimeout(resolve, leftMs)) : undefined;
    };
    // One after the other: timers alone do not keep the order.
    const later = (act: () => void): void => {
      const now = Date.now();
      const dueMs = now + share * (now - askedMs);
      if (share === 0) act();
      else passedOn = passedOn.then(() => until(dueMs)).then(act);
    };
    engine.on('data', (bytes) => later(() => client.write(bytes)));
    engine.on('end', () => later(() => client.end()));
    client.on('end', () => engine.end());
    engine.on('error', () => client.destroy());
    client.on('error', () => undefined).on('close', () => engine.destroy());
  });
  process.on('disconnect', () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
}
