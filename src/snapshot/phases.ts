/** How long each step of a start took to reach, ms since spawn. */
export interface StartPhases {
  /** Seen from outside: spawn, bound, healthy, ready (a first completion of one token was answered), warm. */
  readonly seen: { readonly [phase: string]: number };
  /** Told by the engine's log: when each phase was first spoken of. */
  readonly told: { readonly [phase: string]: number };
}

/** A line of events.jsonl, as far as phases need it. */
interface Happened {
  readonly tNs: number;
  readonly event: string;
}

const seenPhases = ['container', 'bound', 'healthy', 'ready', 'warm'];

/**
 * Phases of the last spawn: a port that was lost made bench spawn again.
 * @param log the engine's lines with their ms since spawn.
 * @param patterns what a phase's line looks like; the first line that matches counts.
 */
export function startPhases(
  events: readonly Happened[],
  log: readonly { readonly atMs: number; readonly text: string }[],
  patterns: readonly { readonly pattern: RegExp; readonly phase: string }[],
): StartPhases {
  const spawnAt = events.findLastIndex(({ event }) => event === 'spawn');
  const spawn = events[spawnAt];
  const seen: Record<string, number> = spawn === undefined ? {} : { spawn: 0 };
  if (spawn !== undefined) {
    for (const { tNs, event } of events.slice(spawnAt + 1)) {
      if (seenPhases.includes(event)) seen[event] ??= Math.round((tNs - spawn.tNs) / 1e5) / 10;
    }
  }
  const told: Record<string, number> = {};
  for (const { atMs, text } of log) {
    for (const { pattern, phase } of patterns) if (pattern.test(text)) told[phase] ??= atMs;
  }
  return { seen, told };
}
