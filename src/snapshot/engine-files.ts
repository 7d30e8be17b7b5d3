import { type Dirent, existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { identityOf } from './hash-file.ts';
import { type HashedFile, type HashOptions, hashFiles } from './hash-files.ts';

/** A file the engine is told to read. */
interface EngineFile {
  /** Absolute. */
  readonly path: string;
  /** The argument, or `files`, that named it or its folder. */
  readonly named: string;
  /** `model` for weights, tokenizer and config of a model; `file` for the rest. */
  readonly role: 'model' | 'file';
}

/** An engine's file, hashed before the engine starts. */
export type HashedEngineFile = EngineFile & HashedFile;

const weights = /\.(?:gguf|ggml|safetensors|bin|pt|pth|onnx|engine|plan)$/i;
const modelFolderFile = /^(?:config\.json|.*\.(?:gguf|safetensors|engine))$/i;
/** What lies in a model's folder and no engine reads. */
const forPeople = /\.(?:md|pdf|png|jpe?g|svg)$|^(?:LICENSE|NOTICE|USE_POLICY)/i;
const modelFlag = /^(?:-m|-md|--(?:[\w-]*-)?model(?:-path|-dir)?|--mmproj|--lora(?:-\w+)?|--tokenizer)$/;
const split = /^(.*)-\d{5}-of-(\d{5})(\.\w+)$/;

/**
 * The files that arguments name: an argument that is a path, the part after `=`, and paths inside JSON arguments.
 * A folder counts when it holds a model (all files under it but hidden ones); of a split model file all parts.
 * @param argv arguments without the command itself.
 * @param extra what the experiment lists under `files`, relative to `root`.
 */
export function findEngineFiles(
  argv: readonly string[],
  { cwd, root, extra }: { cwd: string; root: string; extra: readonly string[] },
): EngineFile[] {
  const found = new Map<string, EngineFile>();
  const add = (path: string, named: string, isModel: boolean): void => {
    const { files, isModelFolder } = filesAt(path);
    for (const file of files) {
      const isPart = isModelFolder ? !forPeople.test(basename(file)) : isModel;
      const role = isPart || weights.test(file) ? 'model' : 'file';
      if (!found.has(file)) found.set(file, { path: file, named, role });
    }
  };
  for (const [index, argument] of argv.entries()) {
    const flag = argument.startsWith('-') ? (argument.split('=')[0] ?? '') : (argv[index - 1] ?? '');
    for (const text of textsIn(argument)) add(resolve(cwd, text), argument, modelFlag.test(flag));
  }
  for (const file of extra) add(resolve(root, file), file, false);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Hashes them; to be done before the engine starts: reading 20 GB beside a warm engine changes what is measured. */
export async function hashEngineFiles(
  files: readonly EngineFile[],
  options: HashOptions,
): Promise<HashedEngineFile[]> {
  const hashed = await hashFiles(
    files.map(({ path }) => path),
    options,
  );
  return files.map((file, index) => ({ ...file, ...(hashed[index] as HashedFile) }));
}

/** Paths of the files that are no longer what was hashed, by their identity alone; nothing is read. */
export function changedFiles(files: readonly HashedEngineFile[]): string[] {
  return files.filter(({ path, identity }) => identityNow(path) !== identity).map(({ path }) => path);
}

function identityNow(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : identityOf(stat);
}

/** The texts of an argument that may be paths. */
function textsIn(argument: string): string[] {
  const value = argument.startsWith('-') ? argument.slice(argument.indexOf('=') + 1) : argument;
  const named = /^\w+=(.+)$/.exec(value)?.[1];
  if (/^\s*[[{]/.test(value)) {
    try {
      return leaves(JSON.parse(value));
    } catch {
      return [value];
    }
  }
  return value.startsWith('-') || value === '' ? [] : [value, ...(named === undefined ? [] : [named])];
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [];
}

function filesAt(path: string): { files: string[]; isModelFolder: boolean } {
  const none = { files: [], isModelFolder: false };
  // Kernel and device files have no content of their own.
  if (/^\/(?:dev|proc|sys)(?:\/|$)/.test(path) || path.includes('\0')) return none;
  const stat = look(path);
  if (stat?.isFile()) return { files: partsOf(path), isModelFolder: false };
  if (!stat?.isDirectory() || !readdirSync(path).some((name) => modelFolderFile.test(name))) return none;
  const files = readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => isVisibleFile(entry, path))
    .map((entry) => join(entry.parentPath, entry.name));
  return { files, isModelFolder: true };
}

/** Null for what is no path at all, such as a long JSON text. */
function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** A link counts as the file behind it: model folders of a hub's cache are made of links. */
function isVisibleFile(entry: Dirent, top: string): boolean {
  const path = join(entry.parentPath, entry.name);
  if (path.slice(top.length).includes('/.')) return false;
  return entry.isFile() || (entry.isSymbolicLink() && look(path)?.isFile() === true);
}

/** `m-00001-of-00003.gguf` -> all three that exist. */
function partsOf(path: string): string[] {
  const [, stem, count, extension] = split.exec(basename(path)) ?? [];
  if (stem === undefined || count === undefined) return [path];
  return Array.from({ length: Number(count) }, (_, part) =>
    join(dirname(path), `${stem}-${String(part + 1).padStart(5, '0')}-of-${count}${extension}`),
  ).filter((file) => existsSync(file));
}
