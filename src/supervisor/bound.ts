import { setTimeout as sleep } from 'node:timers/promises';
import { PortStolen } from './crash.ts';
import {
  type Listener,
  type Ownership,
  ownedInodes,
  portOwnership,
  reachableLocally,
  readListeners,
} from './ownership.ts';
import { ReadyFailure } from './ready.ts';

/** What the wait for the port looks at. */
export interface BindProbe {
  readonly name: string;
  readonly port: number;
  readonly rootPid: number;
  livePids(): number[];
  tail(lines: number): string[];
  /** Whether an HTTP server on a port of 127.0.0.1 says that it is healthy. */
  isHealthy(port: number): Promise<boolean>;
}

/** A loading engine is looked at often for two seconds, then ten times a second. */
const QUICK_MS = 20;
const QUICK_POLLS = 100;
const SLOW_MS = 100;

/** A listener that looks wrong is given so many polls to be one of several. */
const SETTLE_POLLS = 10;

/**
 * Waits until the engine, and nobody else, listens on its port. Never connects to find out: a connection
 * could reach a stranger, and TIME_WAIT keeps some engines from binding.
 * @returns the listeners.
 * @throws PortStolen when somebody else listens there; ReadyFailure `wrong-port` when the engine listens
 *   elsewhere; the signal's reason when it aborts.
 */
export async function waitUntilBound(probe: BindProbe, signal: AbortSignal): Promise<readonly Listener[]> {
  const strays = strayWatch(probe);
  let unreachablePolls = 0;
  for (let poll = 0; ; poll++) {
    signal.throwIfAborted();
    const listeners = readListeners(probe.rootPid);
    const ownership = portOwnership(probe.port, listeners, probe.livePids);
    if (ownership.state === 'foreign') throw stolen(probe, ownership);
    if (ownership.state === 'owned') {
      if (ownership.listeners.some(reachableLocally)) return ownership.listeners;
      if (++unreachablePolls > SETTLE_POLLS) throw unreachable(probe, ownership.listeners);
    } else {
      await strays(listeners);
    }
    await sleep(poll < QUICK_POLLS ? QUICK_MS : SLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Looks for an engine that serves on another port than it was told. Engines listen on ports of their own
 * beside the API (collectives, workers), and a stray connection can upset those; so a listener counts when
 * the log announces its URL, or when the first process has held it for a while and it answers as healthy.
 */
function strayWatch(probe: BindProbe): (listeners: readonly Listener[]) => Promise<void> {
  const polls = new Map<string, number>();
  const strangers = new Set<string>();
  return async (listeners) => {
    const others = listeners.filter(({ port, inode }) => port !== probe.port && !strangers.has(inode));
    if (others.length === 0) return;
    const own = ownedInodes(probe.livePids(), new Set(others.map((listener) => listener.inode)));
    const announced = announcedPorts(probe.tail(50));
    for (const listener of others) {
      if (!own.has(listener.inode)) {
        strangers.add(listener.inode);
        continue;
      }
      if (announced.has(listener.port)) throw wrongPort(probe, listener);
      const seen = (polls.get(listener.inode) ?? 0) + 1;
      polls.set(listener.inode, seen);
      const isHeldByRoot = ownedInodes([probe.rootPid], new Set([listener.inode])).size > 0;
      if (isAskingTime(seen) && isHeldByRoot && (await probe.isHealthy(listener.port))) {
        throw wrongPort(probe, listener);
      }
    }
  };
}

/** Ever more seldom: after 10, 20, 40 ... polls. */
function isAskingTime(polls: number): boolean {
  return Number.isInteger(Math.log2(polls / SETTLE_POLLS)) && polls >= SETTLE_POLLS;
}

/** Ports of the URLs that a log announces a server on. */
export function announcedPorts(lines: readonly string[]): Set<number> {
  const ports = lines
    .filter(
      (line) =>
        /listen|running|serving|start|available|ready/i.test(line) && !/dashboard|metrics/i.test(line),
    )
    .flatMap((line) => [...line.matchAll(/https?:\/\/(?:\[[^\]]*\]|[^\s/:"']*):(\d+)/g)])
    .map((match) => Number(match[1]));
  return new Set(ports);
}

function wrongPort(probe: BindProbe, listener: Listener): ReadyFailure {
  return new ReadyFailure(
    'wrong-port',
    `${probe.name} listens on port ${listener.port}, not on port ${probe.port} as it was told.`,
    'Use $PORT in `args:` where the port belongs, or set port_flag; something in the args or env may override it.',
  );
}

function unreachable(probe: BindProbe, listeners: readonly Listener[]): ReadyFailure {
  return new ReadyFailure(
    'wrong-port',
    `${probe.name} listens on ${listeners.map((listener) => listener.address).join(', ')} only, not on 127.0.0.1 as it was told.`,
    'Something in the args or env overrides the host; bench talks to 127.0.0.1.',
  );
}

function stolen(probe: BindProbe, ownership: Extract<Ownership, { state: 'foreign' }>): PortStolen {
  const where = ownership.foreign.map((listener) => `${listener.address}:${listener.port}`).join(', ');
  return new PortStolen(`Another process listens on ${where}, the port that ${probe.name} was given.`);
}
