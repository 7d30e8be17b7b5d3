import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces the content of a file, whole or not at all: a draft beside it, fsync, rename, fsync of the directory.
 * Mode and owner of an existing file are kept. `path` must not be a symbolic link. Throws the system's error.
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  const before = await stat(path).catch(() => null);
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.draft`);
  try {
    await writeDraft(draft, content, before);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Removes the drafts of files with such names that killed writers left in a directory; only for who holds the lock on them. */
export async function sweepDrafts(directory: string, of: (name: string) => boolean): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const left = names.filter((name) => of(/^\.(.*)\.[0-9a-f]{12}\.draft$/s.exec(name)?.[1] ?? ''));
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
}

async function writeDraft(draft: string, content: string, before: Stats | null): Promise<void> {
  const file = await open(draft, 'wx', 0o666);
  try {
    await file.writeFile(content);
    if (before !== null) {
      // The owner first: a change of owner clears bits of the mode.
      await file.chown(before.uid, before.gid).catch(() => undefined);
      await file.chmod(before.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename last through a power cut, where the directory can be synced; the file is in place all the same. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
