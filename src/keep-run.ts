import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redact } from './bundle.ts';
import { BenchError } from './errors.ts';
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
  /** Why git did not commit what it should have; null when it did or was not to. */
  readonly refusal: BenchError | null;
}

/** The commit that holds a row; `oid` null when none does, and `text` says why. */
export interface KeptRow extends Pick<KeptExperiment, 'notes' | 'refusal'> {
  readonly commit: { readonly oid: string | null; readonly text: string };
}

/** What is said before the first commit in a repository: what will be committed and how to turn it off; null later. */
export async function announceCommits(place: Place): Promise<string | null> {
  if (place.repo.kind !== 'normal' || place.whyNot !== null || (await hasCommittedLedger(place.repo)))
    return null;
  return `bench will commit this experiment's files when new or changed (${place.own.join(', ')}), then ${ledgerName} and the record in results/; \`git config bench.commit false\` or --no-commit turns that off`;
}

/**
 * Commits the YAML and the files it names, where rows are committed and nothing changed since they were read;
 * else only says where they are; those that hold a secret are left out. A git that cannot commit is told as a refusal: the row is written all the same.
 */
export async function keepExperiment(
  place: Place,
  experiment: {
    readonly config: string;
    readonly expId: string;
    readonly description: string;
    readonly redact: Redact;
  },
  changed: readonly string[],
): Promise<KeptExperiment> {
  const nowhere = { commit: null, blob: null, notes: [], refusal: null };
  if (place.repo.kind !== 'normal' || changed.includes(experiment.config)) return nowhere;
  const asItIs = await findHolder(place.repo, experiment.config);
  const kept = { ...nowhere, commit: asItIs.holder, blob: asItIs.configBlob };
  if (place.whyNot !== null || changed.length > 0) return kept;
  try {
    const held = holdingSecrets(place.repo.root, place.own, experiment.redact);
    const notes = held.map((path) => `${path} holds the value of a secret: bench does not commit it.`);
    if (held.includes(experiment.config)) return { ...kept, notes };
    const named = place.own.filter((path) => !held.includes(path));
    const made = await commitExperiment(place.repo, { ...experiment, named });
    return {
      commit: made.holder,
      blob: made.configBlob,
      notes: [...notes, ...remarks(made)],
      refusal: null,
    };
  } catch (error) {
    return { ...kept, refusal: refusalFrom(error) };
  }
}

function holdingSecrets(root: string, paths: readonly string[], redact: Redact): string[] {
  return paths.filter((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return redact(text) !== text;
  });
}

/** Commits the row and its record, with those that earlier runs could not commit. */
export async function keepRow(place: Pick<Place, 'repo' | 'whyNot' | 'ledger'>, row: Row): Promise<KeptRow> {
  if (place.repo.kind !== 'normal' || place.whyNot !== null) return uncommitted(place.whyNot ?? '', null);
  try {
    const made = await commitRun(place.repo, place.ledger, row);
    const text = made.commit?.slice(0, 12) ?? 'another bench committed it';
    return { commit: { oid: made.commit, text }, notes: remarks(made), refusal: null };
  } catch (error) {
    const refusal = refusalFrom(error);
    return uncommitted(refusal.message, refusal);
  }
}

/** A row that is safe in the file and in no commit. */
export function uncommitted(why: string, refusal: BenchError | null): KeptRow {
  return { commit: { oid: null, text: `not committed: ${why}` }, notes: [], refusal };
}

function refusalFrom(error: unknown): BenchError {
  if (error instanceof BenchError) return error;
  throw error;
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
