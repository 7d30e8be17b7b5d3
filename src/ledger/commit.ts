import { readdir } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { significant } from '../units.ts';
import {
  type ChangedEntry,
  commitPaths,
  listTree,
  type MessageOf,
  type PathsCommit,
} from './commit-paths.ts';
import { git } from './git.ts';
import { type Selection, selectPaths } from './own-paths.ts';
import { type LedgerPlace, ledgerName } from './place.ts';
import { readLedger } from './read.ts';
import { readHead, type WorkRepo } from './repo.ts';
import type { Row } from './row.ts';
import { runIdPattern } from './run-id.ts';

/** What a commit did, for the screen. */
export interface Committed {
  /** The new commit; null when there was nothing to commit. */
  readonly commit: string | null;
  readonly paths: readonly string[];
  /** Added although .gitignore names them. */
  readonly forced: readonly string[];
  readonly skipped: Selection['skipped'];
  readonly replacedStaged: PathsCommit['replacedStaged'];
}

/** Where an experiment is kept. */
export interface ExperimentCommit extends Committed {
  /** Commit that holds the YAML: the new one, or HEAD when that holds it already; null when none does. */
  readonly holder: string | null;
  /** Blob id of the YAML; null when git does not have it. */
  readonly configBlob: string | null;
}

/**
 * The first commit of a run: the YAML (`config`, absolute or relative to the root) and the files it names, as they are in the
 * working tree; none when HEAD holds them so. Files that .gitignore names, that lie elsewhere or are large
 * and new are left out and listed in `skipped`. BenchError (exit 5) when git cannot.
 */
export async function commitExperiment(
  repo: WorkRepo,
  experiment: { config: string; named: readonly string[]; expId: string; description: string },
  indexTries?: number,
): Promise<ExperimentCommit> {
  const selection = await selectPaths(repo, [experiment.config, ...experiment.named], { must: false });
  const config = isAbsolute(experiment.config) ? relative(repo.root, experiment.config) : experiment.config;
  const messageOf: MessageOf = () =>
    commitMessage(`bench: experiment ${config}`, experiment.description, [
      `Bench-Experiment: ${experiment.expId}`,
    ]);
  const made = await commitPaths(repo, selection.paths, messageOf, indexTries);
  const entry = made.entries.find(({ path }) => path === config);
  return {
    ...shown(made, selection),
    holder: entry === undefined ? null : made.head,
    configBlob: entry?.blob ?? null,
  };
}

/**
 * The second commit of a run: the ledger and its record, with the rows and records of earlier runs that were written
 * but not committed. They go in even when .gitignore names them. One trailer `Bench-Run:` for each run whose row or record
 * the commit brings. Nothing to commit when another bench has taken them along. BenchError (exit 5) when git cannot; the row
 * is safe in the file.
 */
export async function commitRun(
  repo: WorkRepo,
  place: LedgerPlace,
  row: Row,
  indexTries?: number,
): Promise<Committed> {
  const value =
    row.metric === null || row.value === null ? [] : [`${row.metric} ${significant(row.value, 4)}`];
  const judged = [row.status ?? 'not judged', row.reason].filter((part) => part !== null).join(' ');
  const subject = `bench: iter-${row.iter} ${[row.config ?? 'run', ...value, judged].join(', ')}`;
  return commitLedger(repo, place, { subject, body: row.description ?? '' }, indexTries);
}

/** Commits whatever the ledger and its records have that HEAD does not, under a message of the caller's. */
export async function commitLedger(
  repo: WorkRepo,
  place: LedgerPlace,
  message: { subject: string; body: string },
  indexTries?: number,
): Promise<Committed> {
  const { rows } = await readLedger(place);
  const records = await missingRecords(repo, place, rows);
  const selection = await selectPaths(repo, [place.ledger, ...records], { must: true });
  const messageOf: MessageOf = async (changed) => {
    const runs = await runsOf(repo, changed);
    return commitMessage(
      message.subject,
      message.body,
      runs.map((runId) => `Bench-Run: ${runId}`),
    );
  };
  return shown(await commitPaths(repo, selection.paths, messageOf, indexTries), selection);
}

/** Commits files that bench has written beside the ledger, such as calibrations. BenchError (exit 5) when git cannot. */
export async function commitFiles(
  repo: WorkRepo,
  paths: readonly string[],
  message: { subject: string; body: string },
): Promise<Committed> {
  const selection = await selectPaths(repo, paths, { must: true });
  const messageOf: MessageOf = async () => commitMessage(message.subject, message.body, []);
  return shown(await commitPaths(repo, selection.paths, messageOf), selection);
}

/** Whether bench has ever committed here: HEAD has a ledger. */
export async function hasCommittedLedger(repo: WorkRepo): Promise<boolean> {
  return (await listTree(repo, await readHead(repo), [ledgerName])).length > 0;
}

/** Records on disk that belong to a row and are not in HEAD. */
async function missingRecords(repo: WorkRepo, place: LedgerPlace, rows: readonly Row[]): Promise<string[]> {
  const known = new Set((await listTree(repo, await readHead(repo), ['results'])).map((entry) => entry.path));
  const runs = new Set(rows.map((row) => `${row.run_id}.json`));
  const names = await readdir(place.results).catch(() => []);
  return names
    .filter((name) => runs.has(name) && !known.has(`results/${name}`))
    .map((name) => join(place.results, name));
}

/** Runs of which a commit brings the row or the record: read from what it holds, since the files may have moved on. */
async function runsOf(repo: WorkRepo, changed: readonly ChangedEntry[]): Promise<string[]> {
  const runs = new Set<string>();
  for (const { path, blob, before } of changed) {
    const record = /^results\/(.*)\.json$/s.exec(path)?.[1] ?? '';
    if (runIdPattern.test(record)) runs.add(record);
    else {
      const known = new Set(before === null ? [] : await runsInLedger(repo, path, before.blob));
      for (const runId of await runsInLedger(repo, path, blob)) if (!known.has(runId)) runs.add(runId);
    }
  }
  return [...runs].sort();
}

async function runsInLedger(repo: WorkRepo, path: string, blob: string): Promise<string[]> {
  const content = await git(repo, ['cat-file', '--filters', `--path=${path}`, blob], { ok: 'any' });
  return content.stdout
    .split('\n')
    .map((line) => line.split('\t')[1] ?? '')
    .filter((cell) => runIdPattern.test(cell));
}

function shown(made: PathsCommit, selection: Selection): Committed {
  return {
    commit: made.commit,
    paths: made.commit === null ? [] : selection.paths,
    forced: selection.forced,
    skipped: selection.skipped,
    replacedStaged: made.replacedStaged,
  };
}

/** git takes the last paragraph for trailers, so the texts of others must not open paragraphs or lines of their own. */
function commitMessage(subject: string, body: string, trailers: readonly string[]): string {
  const title = flat(subject);
  const paragraphs = [title.length > 100 ? `${title.slice(0, 99)}…` : title, flat(body), trailers.join('\n')];
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
}

function flat(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
