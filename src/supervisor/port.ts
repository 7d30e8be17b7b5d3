import { BenchError, ExitCode } from '../errors.ts';

/** A port the kernel assigned and will not hand to anyone else until `release`. */
export interface HeldPort {
  readonly port: number;
  /** Lets go of it; a second call does nothing. */
  release(): void;
}

/** A libuv TCP handle, as Node's own net module uses it. */
interface TcpHandle {
  bind(address: string, port: number): number;
  getsockname(out: { port?: number }): number;
  close(): void;
}

interface TcpBinding {
  readonly TCP: new (type: number) => TcpHandle;
  readonly constants: { readonly SOCKET: number };
}

/** Keeps held handles reachable: a collected handle closes its socket. */
const held = new Set<TcpHandle>();

/**
 * Binds a kernel-assigned port of 127.0.0.1 without listening. libuv sets SO_REUSEADDR, so an engine that
 * sets it too can bind and listen beside the hold, while the kernel gives the port to nobody who asks for
 * any port. No public API of Node binds without listening; the internal one is asked for without its
 * deprecation noise.
 * @throws BenchError (exit 5) when no port can be bound.
 */
export function holdPort(): HeldPort {
  const { TCP, constants } = tcpBinding();
  const handle = new TCP(constants.SOCKET);
  const name: { port?: number } = {};
  const failed = handle.bind('127.0.0.1', 0) || handle.getsockname(name);
  if (failed !== 0 || name.port === undefined) {
    handle.close();
    throw new BenchError(`No port of 127.0.0.1 could be bound (error ${failed}).`, {
      exitCode: ExitCode.host,
      hint: 'Is the loopback interface up? Are all ephemeral ports taken (ss -tan | wc -l)?',
    });
  }
  held.add(handle);
  return {
    port: name.port,
    release() {
      if (held.delete(handle)) handle.close();
    },
  };
}

function tcpBinding(): TcpBinding {
  const quiet = process as { noDeprecation?: boolean };
  const before = quiet.noDeprecation;
  quiet.noDeprecation = true;
  try {
    const { binding } = process as unknown as { binding(name: string): unknown };
    return binding.call(process, 'tcp_wrap') as TcpBinding;
  } finally {
    if (before === undefined) delete quiet.noDeprecation;
    else quiet.noDeprecation = before;
  }
}
