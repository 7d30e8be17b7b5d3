import type { EngineName } from '../engines/engine.ts';
import { BenchError } from '../errors.ts';
import { missingEnvHints } from './hints.ts';
import { loadExperiment } from './load.ts';
import type { LoadedExperiment } from './loaded.ts';

/** What is to be said about one file. */
export interface LintReport {
  readonly path: string;
  /** Lines `file:line:column: what, expected that`; empty when the file is right. */
  readonly problems: readonly string[];
  readonly hints: readonly string[];
  /** Null when there are problems. */
  readonly loaded: LoadedExperiment | null;
}

/**
 * Checks many files and tells everything about all of them.
 * @param options.needsEnv variables each engine commonly needs, for the hints.
 */
export async function lint(
  paths: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly needsEnv?: { readonly [Name in EngineName]?: readonly string[] };
  },
): Promise<LintReport[]> {
  const reports: LintReport[] = [];
  for (const path of paths) {
    try {
      const loaded = await loadExperiment(path, { ...options, isOnlyRead: true });
      const needs = options.needsEnv?.[loaded.experiment.engine] ?? [];
      const hints = [...loaded.hints, ...missingEnvHints(needs, loaded.experiment, options.env)];
      reports.push({ path, problems: [], hints, loaded });
    } catch (error) {
      if (!(error instanceof BenchError)) throw error;
      reports.push({ path, problems: error.message.split('\n'), hints: [], loaded: null });
    }
  }
  return reports;
}
