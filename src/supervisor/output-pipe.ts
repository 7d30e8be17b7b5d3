import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError, ExitCode } from '../errors.ts';

/** Of coreutils (or busybox): on every system with a shell. */
const makeFifo = 'mkfifo';

/** One stream out of the engine. */
export interface OutputPipe {
  /** bench's end. */
  readonly reader: Socket;
  /** What names the pipe in /proc/<pid>/fd, for whoever looks for holders of it. */
  readonly link: string;
  /** The engine's end, for its stdio; `closeWriter` once the engine has it. */
  readonly writerFd: number;
  closeWriter(): void;
}

/**
 * A real pipe. Node's own `stdio: 'pipe'` is a socket, and an engine that opens /dev/stdout or /dev/stderr
 * (log files of that name, `tee /dev/stderr`) fails on one. Node cannot call pipe(2), so this is a FIFO that
 * has lost its name.
 * @throws BenchError (exit 5) when the temporary folder cannot hold one.
 */
export function openOutputPipe(): OutputPipe {
  const folder = mkdtempSync(join(tmpdir(), 'bench-pipe-'));
  try {
    const link = join(folder, 'pipe');
    const make = () => spawnSync(makeFifo, ['-m', '600', link], { encoding: 'utf8' });
    const first = make();
    // A terminal's Ctrl-C reaches this child too; what it means for the run is decided elsewhere.
    const made = first.signal === null ? first : make();
    if (made.status !== 0) {
      throw new BenchError(
        `No pipe could be made in ${tmpdir()}: ${made.error?.message ?? made.stderr.trim()}`,
        {
          exitCode: ExitCode.host,
          hint: 'Point TMPDIR at a local file system; mkfifo (coreutils) must be on PATH.',
        },
      );
    }
    const readerFd = openSync(link, constants.O_RDONLY | constants.O_NONBLOCK);
    const writerFd = openSync(link, constants.O_WRONLY);
    const reader = new Socket({ fd: readerFd, readable: true, writable: false });
    let isOpen = true;
    const closeWriter = (): void => {
      if (isOpen) closeSync(writerFd);
      isOpen = false;
    };
    return { reader, link, writerFd, closeWriter };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
