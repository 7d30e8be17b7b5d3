import { type Phase, phases } from './phase.ts';
import { say } from './settings.ts';
import type { Killed } from './trial.ts';

/** What the trials came to, for the last test and the screen. */
export interface Tally {
  add(engine: string, killed: Killed): void;
  count(): number;
  hits(phase: Phase): number;
  print(): void;
}

/** Counts trials. */
export function openTally(): Tally {
  const all: (Killed & { readonly engine: string })[] = [];
  const hits = (phase: Phase, engine?: string): number =>
    all.filter((one) => one.phase === phase && (engine === undefined || one.engine === engine)).length;
  return {
    add: (engine, killed) => all.push({ engine, ...killed }),
    count: () => all.length,
    hits: (phase) => hits(phase),
    print() {
      const engines = [...new Set(all.map((one) => one.engine))];
      say(`\n${all.length} kills; phase: ${engines.join(' + ')}`);
      for (const phase of phases) {
        const parts = engines.map((engine) => String(hits(phase, engine)).padStart(3));
        say(`  ${phase.padEnd(9)} ${parts.join(' + ')}  ${'#'.repeat(hits(phase))}`);
      }
      const gone = all.map((one) => one.goneMs).sort((a, b) => a - b);
      say(`  all gone after (ms): median ${at(gone, 0.5)}, p90 ${at(gone, 0.9)}, max ${at(gone, 1)}`);
      say(`  index.lock left for the next bench: ${all.filter((one) => one.leftIndexLock).length}\n`);
    },
  };
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(0);
}
