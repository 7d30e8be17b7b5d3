import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError, ExitCode } from '../errors.ts';
import type { FromProxy, ListenOptions, ToProxy } from './messages.ts';

/** The proxy's process, seen from the one that supervises the engine. */
export interface ProxyProcess {
  /** `http://127.0.0.1:8100` */
  readonly url: string;
  readonly pid: number;
  /** Aborts, with a BenchError as its reason, when it ends unasked. */
  readonly lost: AbortSignal;
  tell(message: Exclude<ToProxy, { type: 'listen' | 'end' }>): void;
  /** Resolves when the proxy has said so since it was last asked. */
  said(what: 'idle' | 'wake', signal: AbortSignal): Promise<void>;
  /** Ends it; answers that wait get the cause. */
  end(cause: string): Promise<void>;
}

/** A proxy that does not end by itself is killed after so long. */
const endMs = 3_000;

/**
 * Starts the proxy in a process of its own and has it listen: what the supervisor does never delays a stream.
 * @throws BenchError (exit 5) when the address cannot be had.
 */
export async function startProxy(options: ListenOptions): Promise<ProxyProcess> {
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {},
    execArgv: [],
  });
  const words = lastWords(child);
  const lost = new AbortController();
  const exited = endOf(child);
  const heard = listenTo(child);
  let isEnding = false;
  void exited.then((how) => {
    if (isEnding) return;
    lost.abort(
      new BenchError(`The proxy's own process ended with ${how}.${words()}`, { exitCode: ExitCode.host }),
    );
  });
  const end = async (cause: string): Promise<void> => {
    isEnding = true;
    const timer = setTimeout(() => child.kill('SIGKILL'), endMs);
    send(child, { type: 'end', cause });
    await exited;
    clearTimeout(timer);
  };
  send(child, { type: 'listen', ...options });
  try {
    const url = await addressOf(heard.first, options, lost.signal);
    return {
      url,
      pid: child.pid ?? 0,
      lost: lost.signal,
      tell: (message) => send(child, message),
      said: heard.said,
      end,
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** How it ended, once it has. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function send(child: ChildProcess, message: ToProxy): void {
  // A child that has just ended is told of by its exit.
  if (child.connected) child.send(message, () => undefined);
}

/** The first message, and the latches of the later ones. */
function listenTo(child: ChildProcess) {
  const latches = { idle: newLatch(), wake: newLatch() };
  const first = new Promise<FromProxy>((resolve) => {
    child.on('message', (message: FromProxy) => {
      if (message.type === 'idle' || message.type === 'wake') latches[message.type].set();
      else resolve(message);
    });
  });
  const said: ProxyProcess['said'] = (what, signal) => latches[what].wait(signal);
  return { first, said };
}

/** Remembers one event until somebody has waited for it. */
function newLatch() {
  let isSet = false;
  let wake = (): void => {};
  return {
    set() {
      isSet = true;
      wake();
    },
    async wait(signal: AbortSignal): Promise<void> {
      await new Promise<void>((resolve, reject) => {
        if (isSet) return resolve();
        wake = resolve;
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
      });
      isSet = false;
    },
  };
}

async function addressOf(
  first: Promise<FromProxy>,
  { host, port }: ListenOptions,
  lost: AbortSignal,
): Promise<string> {
  const ended = new Promise<never>((_, reject) => {
    lost.addEventListener('abort', () => reject(lost.reason), { once: true });
  });
  const message = await Promise.race([first, ended]);
  if (message.type === 'listening') return `http://${atPort(message.address, message.port)}`;
  const why = message.type === 'refused' ? (reasons[message.code] ?? message.message) : message.type;
  throw new BenchError(`Cannot listen on ${atPort(host, port)}: ${why}`, {
    exitCode: ExitCode.host,
    hint: 'Nothing was started. Choose another address with --listen; port 0 takes any free one.',
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'ports below 1024 are not for this user',
  EADDRNOTAVAIL: 'this machine has no such address',
};

function atPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The end of what the child wrote to stderr: a stack, when it died of a bug. */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = `${text}${more}`.slice(-4_096);
  });
  return () => (text.trim() === '' ? '' : `\n${text.trim()}`);
}
