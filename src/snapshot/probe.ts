import { readdir, readFile } from 'node:fs/promises';

/** Stands where a fact could not be had, and says why. */
export interface Absent {
  readonly absent: string;
}

/** A fact, or why it is missing. */
export type Fact<T> = T | Absent;

/** How long one probe may take, ms. */
export const probeLimitMs = 5000;

/** Whether a fact is missing. */
export function isAbsent(fact: unknown): fact is Absent {
  return typeof fact === 'object' && fact !== null && 'absent' in fact;
}

/** Runs one probe; a failure or a missed limit becomes the reason of an absent fact. Never throws. */
export async function probe<T>(work: () => Promise<T>, limitMs = probeLimitMs): Promise<Fact<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Absent>((resolve) => {
    timer = setTimeout(() => resolve({ absent: `no answer in ${limitMs / 1000} s` }), limitMs);
  });
  const answer = work().catch((error: unknown): Absent => ({ absent: reasonOf(error) }));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A small text file of the kernel's, trimmed, by {@link probe}. */
export function readFact(path: string): Promise<Fact<string>> {
  return probe(async () => (await readFile(path, 'utf8')).trim());
}

/** The value in brackets of a list of choices, as in `always [madvise] never`; the whole text without brackets. */
export async function readChoice(path: string): Promise<Fact<string>> {
  const text = await readFact(path);
  return isAbsent(text) ? text : (/\[([^\]]+)\]/.exec(text)?.[1] ?? text);
}

/** Each file of a folder and its text; by {@link probe}. */
export function readFolder(path: string): Promise<Fact<{ readonly [name: string]: string }>> {
  return probe(async () => {
    const names = (await readdir(path)).sort();
    const texts = await Promise.all(
      names.map(async (name) => (await readFile(`${path}/${name}`, 'utf8')).trim()),
    );
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'not there';
  if (code === 'EACCES' || code === 'EPERM') return 'not readable by this user';
  return message;
}
