import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { canonicalJson, sha256Hex } from '../canonical.ts';
import { identityOf } from './hash-file.ts';

/** A program that is asked for its flags. */
export interface HelpQuestion {
  /** Absolute. */
  readonly command: string;
  /** What makes it print them. */
  readonly words: readonly string[];
  readonly cwd: string;
  /** Its whole environment. */
  readonly env: { readonly [name: string]: string };
  /** Files and folders that change when another version is installed, beside the program itself. */
  readonly installed: readonly string[];
  /** Where answers are kept; null: nowhere. */
  readonly folder: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** What it printed, and whether that was asked now or is remembered from an earlier time. */
export interface HelpAnswer {
  readonly text: string;
  readonly isRemembered: boolean;
}

/** A large Python engine imports everything it has before it prints a word. */
export const helpLimitMs = 120_000;
/** Longer than this is worth a word to whoever waits. */
const slowMs = 2_000;
const mostBytes = 4 << 20;
const mostKept = 64;

/**
 * What a program prints of its flags; null when it does not run or fails, `late` when it takes more than 120 s. Never
 * throws.
 * @param options.isFresh asks again also when the answer is remembered.
 * @param options.onSlow is called once when the program is still at it after `slowAfterMs`.
 */
export async function engineHelp(
  question: HelpQuestion,
  {
    isFresh = false,
    limitMs = helpLimitMs,
    slowAfterMs = slowMs,
    onSlow,
  }: {
    readonly isFresh?: boolean;
    readonly limitMs?: number;
    readonly slowAfterMs?: number;
    readonly onSlow?: (() => void) | undefined;
  } = {},
): Promise<HelpAnswer | 'late' | null> {
  const path = placeOf(question);
  const remembered = path === null || isFresh ? null : load(path);
  if (remembered !== null) return { text: remembered, isRemembered: true };
  const slow = setTimeout(() => onSlow?.(), slowAfterMs);
  const text = await ask(question, limitMs);
  clearTimeout(slow);
  if (text === null || text === late) return text === null ? null : 'late';
  if (path !== null) store(path, text);
  return { text, isRemembered: false };
}

const late = Symbol('late');

async function ask(
  { command, words, cwd, env, signal }: HelpQuestion,
  limitMs: number,
): Promise<string | typeof late | null> {
  const running = execa(command, words, {
    cwd,
    // No COLUMNS of a terminal: the parsers of its answer know the default width.
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    detached: true,
    maxBuffer: mostBytes,
  });
  const end = (): void => endGroup(running.pid);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  const result = await running;
  clearTimeout(timer);
  signal?.removeEventListener('abort', end);
  if (isLate) return late;
  return result.exitCode === 0 && result.stdout.trim() !== '' ? result.stdout : null;
}

/** A wrapper's children too: they would hold its output open. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The file of an answer: named by everything that decides it. */
function placeOf({ command, words, cwd, env, installed, folder }: HelpQuestion): string | null {
  if (folder === null) return null;
  const identities = [command, ...installed].map((path) => [
    path,
    look(path, lstatSync),
    look(path, statSync),
  ]);
  const key = sha256Hex(canonicalJson({ words: [...words], cwd, env: { ...env }, identities }));
  return join(folder, 'engine-help-1', key);
}

function look(path: string, read: (path: string, options: { bigint: true }) => BigIntStats): string | null {
  try {
    return identityOf(read(path, { bigint: true }));
  } catch {
    return null;
  }
}

/** First line: sha256 of the rest, so that a cut or damaged file is never half believed. */
function load(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    return sha256Hex(body) === text.slice(0, end) ? body : null;
  } catch {
    return null;
  }
}

/** A full disk or a read-only home costs time, not truth. Never throws. */
function store(path: string, text: string): void {
  const folder = join(path, '..');
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, `${sha256Hex(text)}\n${text}`);
    renameSync(temporary, path);
    forgetOldest(folder);
  } catch {
    discard(temporary);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is none.
  }
}

function forgetOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  if (files.length <= mostKept) return;
  const byAge = files.toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
  for (const path of byAge.slice(0, files.length - mostKept)) rmSync(path, { force: true });
}
