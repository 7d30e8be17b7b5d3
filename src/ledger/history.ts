import { type GitPlace, git, nulSeparated } from './git.ts';
import { readHead, type WorkRepo } from './repo.ts';
import type { Row } from './row.ts';

/** The cells of a row that say where its YAML is kept. */
export type Whereabouts = Pick<Row, 'commit' | 'config' | 'config_sha'>;

/**
 * Where git has the YAML of a row now: in the commit it names; in another one, `found`, after a rebase, a squash or the
 * like; nowhere but among the objects that gc may delete; nowhere. `wrong`: its commit holds another file there.
 */
export type Kept =
  | { readonly in: 'commit' | 'objects' | 'nothing' | 'wrong' }
  | { readonly in: 'other'; readonly commit: string; readonly path: string };

/** Objects that bench asks about must not be fetched one by one from where a partial clone came from. */
const onlyHere = { GIT_NO_LAZY_FETCH: '1' };

/** With so few files it is quicker to let git look for each than to read all of history. */
const fewFiles = 50;

/** Says of each row, in order, where git keeps its YAML: a handful of git commands however many rows there are. */
export async function whereKept(repo: WorkRepo, rows: readonly Whereabouts[]): Promise<Kept[]> {
  const place = { ...repo, env: { ...repo.env, ...onlyHere } };
  const reachable = await reachableCommits(place);
  const isReachable = ({ commit }: Whereabouts): boolean => commit !== null && reachable.has(commit);
  const names = new Set<string>();
  for (const row of rows) if (isReachable(row)) for (const name of nameInCommit(row)) names.add(name);
  const held = await blobsOf(place, names);
  const lost = new Set(rows.flatMap((row) => (isReachable(row) ? [] : (row.config_sha ?? []))));
  const found = await findBlobs(place, lost);
  const loose = await blobsOf(
    place,
    [...lost].filter((blob) => !found.has(blob)),
  );
  return rows.map((row): Kept => {
    if (isReachable(row)) {
      const [name] = nameInCommit(row);
      const isHeld = name === undefined || row.config_sha === null || held.get(name) === row.config_sha;
      return { in: isHeld ? 'commit' : 'wrong' };
    }
    const finds = row.config_sha === null ? undefined : found.get(row.config_sha);
    const find = finds?.find(({ path }) => path === row.config) ?? finds?.[0];
    if (find !== undefined) return { in: 'other', ...find };
    return { in: row.config_sha !== null && loose.has(row.config_sha) ? 'objects' : 'nothing' };
  });
}

/** Whether the repository lacks the older part of its history: what is not found may be there all the same. */
export async function isShallow(repo: GitPlace): Promise<boolean> {
  return (await git(repo, ['rev-parse', '--is-shallow-repository'])).stdout.trim() === 'true';
}

/** The texts of objects (`<blob>` or `<commit>:<path>`) by name, as UTF-8; those that are not there are left out. */
export async function readTexts(repo: WorkRepo, names: readonly string[]): Promise<Map<string, string>> {
  const asked = [...new Set(names.filter(isOneLine))];
  const texts = new Map<string, string>();
  if (asked.length === 0) return texts;
  const place = { ...repo, env: { ...repo.env, ...onlyHere } };
  const { bytes } = await git(place, ['cat-file', '--batch'], { input: lines(asked) });
  let at = 0;
  for (const name of asked) {
    const end = bytes.indexOf('\n', at);
    const size = /^\w+ blob (\d+)$/.exec(bytes.toString('utf8', at, end))?.[1];
    at = end + 1;
    if (size === undefined) continue;
    texts.set(name, bytes.toString('utf8', at, at + Number(size)));
    at += Number(size) + 1;
  }
  return texts;
}

async function reachableCommits(repo: WorkRepo): Promise<ReadonlySet<string>> {
  const head = await readHead(repo);
  const listed = await git(repo, ['rev-list', '--all', ...(head === null ? [] : [head])]);
  return new Set(listed.stdout.split('\n'));
}

/** Names of objects -> ids, of those that are there. */
async function blobsOf(repo: GitPlace, names: Iterable<string>): Promise<Map<string, string>> {
  const asked = [...new Set(names)];
  if (asked.length === 0) return new Map();
  const { stdout } = await git(repo, ['cat-file', '--batch-check=%(objectname)'], { input: lines(asked) });
  const answers = stdout.split('\n');
  return new Map(
    asked.flatMap((name, index) => {
      const answer = answers[index] ?? '';
      return /^[0-9a-f]+$/.test(answer) ? [[name, answer] as const] : [];
    }),
  );
}

/** Where history first holds files of these ids, the oldest commit first. */
async function findBlobs(
  repo: WorkRepo,
  blobs: ReadonlySet<string>,
): Promise<Map<string, { commit: string; path: string }[]>> {
  const found = new Map<string, { commit: string; path: string }[]>();
  if (blobs.size === 0) return found;
  const head = await readHead(repo);
  const few = blobs.size > fewFiles ? [] : [...blobs].map((blob) => `--find-object=${blob}`);
  const listed = await git(repo, [
    ...['log', '--all', '--reverse', '-m', '--root', '--raw', '-z', '--no-abbrev', '--no-renames'],
    ...['--diff-filter=AMT', '--format=commit:%H', ...few, ...(head === null ? [] : [head])],
  ]);
  let commit = '';
  let blob: string | null = null;
  for (const part of nulSeparated(listed)) {
    if (blob !== null) {
      const places = found.get(blob) ?? [];
      if (blobs.has(blob) && !places.some(({ path }) => path === part)) {
        found.set(blob, [...places, { commit, path: part }]);
      }
      blob = null;
      continue;
    }
    commit = /^\n?commit:(\w+)$/.exec(part)?.[1] ?? commit;
    blob = /^\n?:\d+ \d+ \w+ (\w+) \w+$/.exec(part)?.[1] ?? null;
  }
  return found;
}

function nameInCommit({ commit, config }: Whereabouts): string[] {
  return commit === null || config === null || !isOneLine(config) ? [] : [`${commit}:${config}`];
}

function isOneLine(name: string): boolean {
  return !name.includes('\n');
}

function lines(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('');
}
