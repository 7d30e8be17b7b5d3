import type { FromProxy, ToProxy } from './messages.ts';
import { warmOwnCode } from './own-warm-up.ts';
import { ProxyServer } from './server.ts';

/**
 * The proxy's own process: it holds the listening socket and streams, while its parent watches the engine. It ends with
 * its parent, whatever the cause: the channel between them closes.
 */
let server: ProxyServer | null = null;

process.on('message', (message: ToProxy) => void obey(message));
process.on('disconnect', () => process.exit());
// The parent decides what a signal to the group means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function say(message: FromProxy): void {
  if (process.connected) process.send?.(message);
}

async function obey(message: ToProxy): Promise<void> {
  if (message.type === 'listen') return listen(message);
  if (server === null) return;
  if (message.type === 'phase') server.phase(message.phase);
  else if (message.type === 'start') server.start(message.launch, message.logPath);
  else if (message.type === 'open') server.open(message.port);
  else if (message.type === 'frozen') server.freeze(message.text, message.sha256);
  else if (message.type === 'settled') server.settle();
  else if (message.type === 'asleep') server.sleep();
  else {
    await server.end(message.cause);
    process.exit();
  }
}

async function listen(message: ToProxy & { type: 'listen' }): Promise<void> {
  server = new ProxyServer(message, {
    onIdle: () => say({ type: 'idle' }),
    onWake: () => say({ type: 'wake' }),
  });
  try {
    const { address, port } = await server.listen();
    say({ type: 'listening', address, port });
    await warmOwnCode();
  } catch (error) {
    const { code = '', message: text } = error as NodeJS.ErrnoException;
    say({ type: 'refused', code, message: text });
  }
}
