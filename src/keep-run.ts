import { type Committed, commitExperiment, commitRun, hasCommittedLedger } from './ledger/commit.ts';
import { findHolder } from './ledger/holder.ts';
import { ledgerName } from './ledger/place.ts';
import type { Row } from './ledger/row.ts';
import type { Place } from './repository.ts';

/** Where the experiment is kept, for the row, and what a person should hear about it. */
export interface KeptExperiment {
  /** Commit that holds the YAML; null while none does. */
  readonly commit: string | null;
  /** Blob id of the YAML as it was run; null where git does not know it. */
  readonly blob: string | null;
  readonly notes: readonly string[];
}

/** What is said before the first commit in a repository: what will be committed and how to turn it off; null later. */
export async function announceCommits(place: Place): Promise<string | null> {
  if (place.repo.kind !== 'normal' || place.whyNot !== null || (await hasCommittedLedger(place.repo)))
    return null;
  return `bench will commit ${place.own.join(', ')} if new or changed, then ${ledgerName} and the record in results/; \`git config bench.commit false\` or --no-commit turns that off`;
}

/**
 * Commits the YAML and the files it names, where rows are committed and nothing changed since they were read;
 * else only says where they are. @throws BenchError (exit 5) when git cannot.
 */
export async function keepExperiment(
  place: Place,
  experiment: { readonly config: string; readonly expId: string; readonly description: string },
  changed: readonly string[],
): Promise<KeptExperiment> {
  if (place.repo.kind !== 'normal' || changed.includes(experiment.config))
    return { commit: null, blob: null, notes: [] };
  if (place.whyNot !== null || changed.length > 0) {
    const { holder, configBlob } = await findHolder(place.repo, experiment.config);
    return { commit: holder, blob: configBlob, notes: [] };
  }
  const kept = await commitExperiment(place.repo, { ...experiment, named: place.own });
  return { commit: kept.holder, blob: kept.configBlob, notes: remarks(kept) };
}

/** Commits the row and its record. `oid` null when nothing was committed; `text` says why. */
export async function keepRow(
  place: Place,
  row: Row,
): Promise<{ commit: { readonly oid: string | null; readonly text: string }; notes: readonly string[] }> {
  if (place.repo.kind !== 'normal' || place.whyNot !== null) {
    return { commit: { oid: null, text: `not committed: ${place.whyNot}` }, notes: [] };
  }
  const made = await commitRun(place.repo, place.ledger, row);
  const text = made.commit?.slice(0, 12) ?? 'another bench committed it';
  return { commit: { oid: made.commit, text }, notes: remarks(made) };
}

function remarks(made: Committed): string[] {
  return [
    ...made.skipped.map(({ path, why }) => `Not committed: ${path} (${why}).`),
    ...made.forced.map((path) => `${path} was committed although .gitignore names it.`),
    ...made.replacedStaged.map(({ path, blob }) => {
      const where = blob === null ? '' : `; git show ${blob.slice(0, 12)} has it`;
      return `Your staged version of ${path} was replaced${where}.`;
    }),
  ];
}
