import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { sha256Hex } from './canonical.ts';
import type { Experiment } from './config/experiment.ts';
import { expId, namedFiles } from './config/identity.ts';
import { parentNamed, readTexts, type SourceText } from './config/read-texts.ts';
import { type Archive, inRoot, type KnownExperiment } from './diff-archive.ts';
import { fileAt } from './ledger/revision.ts';
import { identityFiles } from './repository.ts';

/** An experiment that was read from files, and why its exp_id is not known. */
export interface ReadExperiment {
  readonly experiment: KnownExperiment;
  /** The first mistake, as `file:line:column: ...`; null: none. */
  readonly problem: string | null;
}

/**
 * An experiment file with its parents as they are in the working tree, or as a commit holds them all.
 * @param path relative to the root; @param commit null: the working tree.
 * @returns null when there is no such file. @throws ConfigError (exit 2) when one of the files is no YAML.
 */
export async function readExperiment(
  archive: Archive,
  path: string,
  commit: string | null,
): Promise<ReadExperiment | null> {
  const sources = await chainOf(path, (each) => textAt(archive, each, commit));
  const [first, ...parents] = sources;
  if (first === undefined) return null;
  const { values, symbolic, experiment, problems } = readTexts([first, ...parents], archive.world.env);
  const files = experiment === null ? {} : await filesOf(archive, experiment, commit);
  const [problem] = problems;
  return {
    experiment: {
      expId: symbolic === null ? null : expId({ symbolic }, files),
      config: path,
      parents: parents.map((parent) => parent.path),
      ...{ values, files, commit },
    },
    problem: problem === undefined ? null : `${problem.at.file}:${problem.at.line}: ${problem.what}`,
  };
}

async function textAt(archive: Archive, path: string, commit: string | null): Promise<string | null> {
  const { repo } = archive;
  if (commit === null) return readFile(inRoot(archive, path), 'utf8').catch(() => null);
  return repo.kind === 'normal' ? ((await fileAt(repo, commit, path))?.text ?? null) : null;
}

/** A file and its parents, child first; a circle ends where it closes. */
async function chainOf(
  path: string,
  read: (path: string) => Promise<string | null>,
): Promise<readonly SourceText[]> {
  const chain: SourceText[] = [];
  for (let next: string | null = path; next !== null && !chain.some((one) => one.path === next); ) {
    const text = await read(next);
    if (text === null) break;
    const source: SourceText = { path: next, text };
    chain.push(source);
    const parent = parentNamed(source);
    next = parent === null ? null : posix.join(posix.dirname(source.path), parent);
  }
  return chain;
}

async function filesOf(
  archive: Archive,
  experiment: Experiment,
  commit: string | null,
): Promise<{ readonly [path: string]: string }> {
  const { repo, place } = archive;
  if (commit === null) return identityFiles(experiment, place.root, repo);
  const hashes: Record<string, string> = {};
  for (const named of namedFiles(experiment)) {
    const path = posix.normalize(named);
    const file = repo.kind === 'normal' ? await fileAt(repo, commit, path) : null;
    if (file !== null) hashes[path] = sha256Hex(file.text);
  }
  return hashes;
}
