import { uptime } from 'node:os';

/** How bench asks and stamps: numbers of different timing versions do not compare. */
export const timingVersion = 1;

/** One run's time: integers of nanoseconds since the run's epoch, from CLOCK_MONOTONIC. */
export interface Clock {
  /** CLOCK_MONOTONIC at the epoch, ns: `epochMonotonicNs + stamp` compares with any process of this host. */
  readonly epochMonotonicNs: bigint;
  /** Wall-clock time of the epoch, ISO 8601 UTC; for people, never for arithmetic. */
  readonly epochWallIso: string;
  /** Ns since the epoch; exact as a Number for 104 days. */
  now(): number;
}

/** Starts the clock of one run; its epoch is this moment. */
export function startClock(): Clock {
  const epochWallIso = new Date().toISOString();
  const epochMonotonicNs = process.hrtime.bigint();
  return { epochMonotonicNs, epochWallIso, now: () => Number(process.hrtime.bigint() - epochMonotonicNs) };
}

/** Three clocks of the host at one moment, ms. They part when one is set, or while the machine sleeps. */
export interface ClockReadings {
  /** CLOCK_REALTIME: may be set. */
  readonly wallMs: number;
  /** CLOCK_MONOTONIC: stands still while the machine is suspended. */
  readonly monotonicMs: number;
  /** CLOCK_BOOTTIME: runs on meanwhile. */
  readonly bootMs: number;
}

/** Reads the three clocks. */
export function readClocks(): ClockReadings {
  return {
    wallMs: Date.now(),
    monotonicMs: Number(process.hrtime.bigint()) / 1e6,
    bootMs: uptime() * 1000,
  };
}
