import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { type Archive, type DiffSide, experimentOf, rowName, rowOf, sideOfRow } from './diff-archive.ts';
import { type ReadExperiment, readExperiment } from './diff-experiment.ts';
import { BenchError, ExitCode } from './errors.ts';
import { onlyRow } from './ledger/read.ts';
import { readRecord } from './ledger/read-record.ts';
import { fileAt, findCommit } from './ledger/revision.ts';
import type { Row } from './ledger/row.ts';
import { runIdPattern } from './ledger/run-id.ts';
import { isMetricName, metrics } from './stats/metric.ts';

const experimentFile = /\.ya?ml$/i;

/** The folder of records that a name stands for; null: it is no folder. */
export function recordFolder(archive: Archive, name: string): string | null {
  const path = resolve(archive.world.cwd, name);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && !isRowName(name) && !runIdPattern.test(basename(path)) ? path : null;
}

/**
 * The run or experiment that a person names: `iter-4`, a run id or its beginning, the path of a record or a bundle, an
 * experiment file, `REV:path` of one, `latest`, `best`, `baseline`.
 * @param near the other side, whose subject `best` and `baseline` are looked for.
 * @throws BenchError (exit 2) when there is no such thing.
 */
export async function resolveSide(archive: Archive, name: string, near: DiffSide | null): Promise<DiffSide> {
  if (name === 'latest' || name === 'best' || name === 'baseline') return wordSide(archive, name, near);
  const [, revision, inside] = /^([^:]+):(.+)$/.exec(name) ?? [];
  if (revision !== undefined && inside !== undefined && experimentFile.test(inside))
    return revisionSide(archive, name, revision, inside);
  const path = resolve(archive.world.cwd, name);
  if (experimentFile.test(name)) return fileSide(archive, name, path);
  if (isRowName(name)) return sideOfRow(archive, onlyRow(name, archive.ledger));
  if (existsSync(path) && runIdPattern.test(basename(path)))
    return sideOfRow(archive, onlyRow(basename(path), archive.ledger));
  if (name.endsWith('.json') || name.includes('/')) return recordSide(archive, name, path);
  return sideOfRow(archive, onlyRow(name, archive.ledger));
}

function isRowName(name: string): boolean {
  return /^(?:iter-)?\d+$/.test(name) || /^\d{8}T[\dZa-f-]*$/.test(name);
}

/** A record's file: the row as the ledger has it now, where that is here. */
function recordSide(archive: Archive, name: string, path: string): DiffSide {
  const { record, problem } = readRecord(path);
  if (record === null) {
    throw new BenchError(`${name} ${problem}.`, {
      exitCode: ExitCode.usage,
      hint: 'Name a row (iter-3), a record, a folder of records, or an experiment: HEAD~3:configs/x.yaml',
    });
  }
  const row = rowOf(archive, record.runId);
  return {
    name: row === null ? basename(name) : rowName(row),
    row: row ?? record.row,
    record,
    experiment: experimentOf(record),
    notes: row === null ? [`${basename(name)} is in no ledger here.`] : [],
  };
}

async function fileSide(archive: Archive, name: string, path: string): Promise<DiffSide> {
  const { place, ledger } = archive;
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw noExperiment(name, 'is not there');
  const config = relative(place.root, realpathSync(path));
  const read = await readExperiment(archive, config, null);
  if (read === null) throw noExperiment(name, 'cannot be read');
  const { expId } = read.experiment;
  const row = expId === null ? null : newestMeasured(ledger.where('exp_id', expId));
  if (row !== null) return named(sideOfRow(archive, row), name, read);
  const [earlier] = ledger.where('config', config);
  const other = earlier === undefined ? '' : ` ${rowName(earlier)} measured another text of it.`;
  return unmeasured(name, read, `No row is of ${name} as it is now.${other}`);
}

async function revisionSide(
  archive: Archive,
  name: string,
  revision: string,
  inside: string,
): Promise<DiffSide> {
  const { repo, place, ledger, world } = archive;
  if (repo.kind !== 'normal') throw noExperiment(name, 'needs a git repository');
  const commit = await findCommit(repo, revision);
  // As with git: from the root, or with `./` from where one is.
  const config = /^\.\.?\//.test(inside)
    ? relative(place.root, resolve(realpathSync(world.cwd), inside))
    : inside;
  const file = await fileAt(repo, commit, config);
  const read = file === null ? null : await readExperiment(archive, config, commit);
  if (file === null || read === null) throw noExperiment(name, `is not in commit ${commit.slice(0, 12)}`);
  const rows = [...ledger.where('config_sha', file.blob)];
  const same = rows.filter((row) => row.exp_id === read.experiment.expId);
  const row = newestMeasured(same.length > 0 ? same : rows);
  if (row === null) return unmeasured(name, read, `No row is of ${name}.`);
  const side = named(sideOfRow(archive, row), name, read);
  if (same.length > 0) return side;
  const other = `${rowName(row)} measured the same text of ${config} with other parents or files.`;
  return { ...side, notes: [...side.notes, other] };
}

/** The newest that has a number, else the newest; null when there is none. */
function newestMeasured(newestFirst: Iterable<Row>): Row | null {
  let newest: Row | null = null;
  for (const row of newestFirst) {
    if (row.value !== null) return row;
    newest ??= row;
  }
  return newest;
}

/** A row that was found by an experiment file is called by its own name too. */
function named(side: DiffSide, name: string, { experiment }: ReadExperiment): DiffSide {
  return {
    ...side,
    experiment: side.experiment ?? experiment,
    notes: [`${name} is ${side.name}.`, ...side.notes],
  };
}

function unmeasured(name: string, { experiment, problem }: ReadExperiment, why: string): DiffSide {
  const wrong = problem === null ? [] : [`It is not right: ${problem}.`];
  return { name, row: null, record: null, experiment, notes: [why, ...wrong] };
}

function wordSide(archive: Archive, word: 'latest' | 'best' | 'baseline', near: DiffSide | null): DiffSide {
  const subject = near?.row ?? archive.ledger.last();
  const row =
    subject === null ? null : word === 'latest' ? archive.ledger.last() : pick(archive, word, subject);
  if (row !== null) return sideOfRow(archive, row);
  throw new BenchError(`There is no ${word} row${subject === null ? '' : ` for ${rowName(subject)}`}.`, {
    exitCode: ExitCode.usage,
    hint: subject === null ? 'The ledger is empty.' : '`bench ledger list` shows the rows.',
  });
}

/** Among the kept rows of the subject's workload, model and hardware that nothing supersedes. */
function pick(archive: Archive, word: 'best' | 'baseline', subject: Row): Row | null {
  const { workload, model, hardware, engine, metric } = subject;
  let found: Row | null = null;
  for (const row of archive.ledger.where('workload', workload ?? '')) {
    const isOfSubject = row.status === 'keep' && row.model === model && row.hardware === hardware;
    if (!isOfSubject || isSuperseded(archive, row)) continue;
    if (word === 'baseline') {
      // The newest come first, and the first of a subject is its baseline.
      if (row.reason === 'baseline' && row.engine === engine) found = row;
    } else if (row.metric === metric && isBetter(row, found)) found = row;
  }
  return found;
}

function isSuperseded(archive: Archive, row: Row): boolean {
  const [later] = archive.ledger.where('supersedes', row.run_id);
  return later !== undefined;
}

function isBetter(row: Row, best: Row | null): boolean {
  if (row.value === null || row.metric === null || !isMetricName(row.metric)) return false;
  if (best === null || best.value === null) return true;
  return metrics[row.metric].better === 'higher' ? row.value > best.value : row.value < best.value;
}

function noExperiment(name: string, why: string): BenchError {
  return new BenchError(`${name} ${why}.`, {
    exitCode: ExitCode.usage,
    hint: 'An experiment is named by its path, or as it was by REV:path from the root: HEAD~3:configs/x.yaml',
  });
}
