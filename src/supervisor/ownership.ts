import { readdirSync } from 'node:fs';
import { readProcLink, readProcText } from './procfs.ts';

/** A listening TCP socket. */
export interface Listener {
  /** As text: `127.0.0.1`, `0.0.0.0`, `::`, `::1`, or other IPv6 as 32 hex digits. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Who listens on a port: nobody yet, the engine alone, or (also) somebody else. */
export type Ownership =
  | { readonly state: 'none' }
  | { readonly state: 'owned'; readonly listeners: readonly Listener[] }
  | {
      readonly state: 'foreign';
      readonly listeners: readonly Listener[];
      readonly foreign: readonly Listener[];
    };

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

/** All listening TCP sockets of a process's network namespace; of bench's own when the process is gone. */
export function readListeners(rootPid: number): Listener[] {
  return ['net/tcp', 'net/tcp6'].flatMap((file) =>
    parseListeners(readProcText(rootPid, file) ?? readProcText('self', file) ?? ''),
  );
}

/** The text of /proc/<pid>/net/tcp or tcp6 -> its listening rows. */
export function parseListeners(text: string): Listener[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address, port] = (fields[1] ?? '').split(':');
      return {
        address: readAddress(address ?? ''),
        port: Number.parseInt(port ?? '', 16),
        inode: fields[9] ?? '',
      };
    });
}

/** Whether every listener on the port belongs to one of the processes: two SO_REUSEPORT servers can share one silently. */
export function portOwnership(
  port: number,
  listeners: readonly Listener[],
  readPids: () => readonly number[],
): Ownership {
  const onPort = listeners.filter((listener) => listener.port === port);
  if (onPort.length === 0) return { state: 'none' };
  const own = ownedInodes(readPids(), new Set(onPort.map((listener) => listener.inode)));
  const foreign = onPort.filter((listener) => !own.has(listener.inode));
  return foreign.length > 0
    ? { state: 'foreign', listeners: onPort, foreign }
    : { state: 'owned', listeners: onPort };
}

/** Which of the sockets (by inode) the processes hold open; stops as soon as all were found. */
export function ownedInodes(pids: readonly number[], wanted: ReadonlySet<string>): Set<string> {
  const own = new Set<string>();
  for (const pid of pids) {
    if (own.size === wanted.size) break;
    for (const fd of listFds(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readProcLink(pid, `fd/${fd}`) ?? '')?.[1];
      if (inode !== undefined && wanted.has(inode)) own.add(inode);
    }
  }
  return own;
}

/** Whether a client on 127.0.0.1 reaches the listener. */
export function reachableLocally(listener: Listener): boolean {
  return ['127.0.0.1', '0.0.0.0', '::', '::ffff:127.0.0.1'].includes(listener.address);
}

/** Whether other machines reach the listener. */
export function listensEverywhere(listener: Listener): boolean {
  return listener.address === '0.0.0.0' || listener.address === '::';
}

function listFds(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

/** The kernel prints addresses as 32-bit words in host byte order: little-endian on every host bench runs on. */
function readAddress(hex: string): string {
  if (hex.length === 8) return readIpv4(hex);
  if (/^0{32}$/.test(hex)) return '::';
  if (hex === '00000000000000000000000001000000') return '::1';
  if (hex.startsWith('0000000000000000FFFF0000')) return `::ffff:${readIpv4(hex.slice(24))}`;
  return hex.toLowerCase();
}

function readIpv4(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
