import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { canonicalJson, type Json } from './canonical.ts';
import { explainDiskError } from './ledger/disk-error.ts';
import type { OutputText } from './measure/trace.ts';

/** A line of events.jsonl; ns since the run's epoch. */
export interface LaunchEvent {
  readonly tNs: number;
  readonly event: string;
  readonly [key: string]: Json;
}

/** The files of one launch; every line is on disk before the next request starts. */
export interface LaunchFiles {
  readonly logPath: string;
  /** Never throws: an engine is stopped in an orderly way also when its disk is full. */
  event(event: LaunchEvent): void;
  /** Every event so far. */
  events(): readonly LaunchEvent[];
  /** Why an event could not be written; null while all were. */
  lostEvents(): string | null;
  request(line: object): void;
  warmUp(line: object): void;
  output(line: OutputText): void;
  telemetry(line: object): void;
  /** Of recall that follows the timed requests: its requests are not among theirs. */
  recallRequest(line: object): void;
  /** An item with its answer and score. */
  recall(line: object): void;
  /** Whole or not at all. */
  write(name: 'experiment.json' | 'counters.json' | 'outcome.json', value: object): void;
  writeText(name: 'snapshot.json', text: string): void;
}

/** Everything raw of one run: `.bench_runs/<run_id>/`, ignored by git. */
export interface Bundle {
  readonly path: string;
  /** Relative to the root, for people. */
  readonly shownPath: string;
  writeRun(value: object): void;
  writeSummary(value: object): void;
  launch(number: number): LaunchFiles;
  /** Makes a launch that has ended the priming one: it is `launches/0` from now on, in its lines too. */
  asPriming(number: number): void;
  /** Takes the folder away again: nothing was launched. */
  discard(): void;
}

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** A JSON replacer: whatever an engine repeats of its secrets, in any text or name, stays out of the file. */
function redacting(redact: Redact): (key: string, value: unknown) => unknown {
  return (_key, value) => {
    if (typeof value === 'string') return redact(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const isClean = Object.keys(value).every((name) => redact(name) === name);
    return isClean
      ? value
      : Object.fromEntries(Object.entries(value).map(([name, member]) => [redact(name), member]));
  };
}

/** Plain data with the secrets taken out of every text in it. */
export function withoutSecrets<Value>(value: Value, redact: Redact): Value {
  return value === null || value === undefined
    ? value
    : (JSON.parse(JSON.stringify(value, redacting(redact))) as Value);
}

/** Makes the folder of a run. Everything that writes to it throws BenchError (exit 5) when the disk refuses. */
export function openBundle(root: string, runId: string, redact: Redact): Bundle {
  const path = join(makeRunsFolder(root), runId);
  const shownPath = relative(root, path);
  const save = (name: string, value: object): void =>
    orExplain(shownPath, () =>
      writeWhole(join(path, name), `${JSON.stringify(value, redacting(redact), 2)}\n`),
    );
  orExplain(shownPath, () => mkdirSync(path));
  return {
    path,
    shownPath,
    writeRun: (value) => save('run.json', value),
    writeSummary: (value) => save('summary.json', value),
    launch: (number) => openLaunch(join(path, 'launches', String(number)), shownPath, redact),
    asPriming: (number) => orExplain(shownPath, () => renumber(join(path, 'launches'), number)),
    discard: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** `.bench_runs/` of a root; it stays out of git also where the repository's own .gitignore does not say so. */
export function makeRunsFolder(root: string): string {
  const folder = join(root, '.bench_runs');
  const ignore = join(folder, '.gitignore');
  orExplain('.bench_runs', () => {
    // Not `recursive`: that calls a read-only file system a missing folder.
    if (!existsSync(folder)) mkdirSync(folder);
    if (!existsSync(ignore)) writeWhole(ignore, '*\n');
  });
  return folder;
}

function openLaunch(path: string, shownPath: string, redact: Redact): LaunchFiles {
  const write = (work: () => void): void => orExplain(shownPath, work);
  const append = (name: string) => (line: object) =>
    write(() => appendFileSync(join(path, name), `${JSON.stringify(line, redacting(redact))}\n`));
  const events: LaunchEvent[] = [];
  let lost: string | null = null;
  write(() => mkdirSync(path, { recursive: true }));
  return {
    logPath: join(path, 'engine.log'),
    event(event) {
      events.push(event);
      try {
        append('events.jsonl')(event);
      } catch (error) {
        lost ??= (error as Error).message;
      }
    },
    events: () => events,
    lostEvents: () => lost,
    request: append('requests.jsonl'),
    warmUp: append('warmup.jsonl'),
    output: append('outputs.jsonl'),
    telemetry: append('telemetry.jsonl'),
    recallRequest: append('recall-requests.jsonl'),
    recall: append('recall.jsonl'),
    writeText: (name, text) => write(() => writeFileSync(join(path, name), text)),
    write: (name, value) =>
      write(() => writeWhole(join(path, name), `${canonicalJson(withoutSecrets(value, redact) as Json)}\n`)),
  };
}

/** The lines that name the launch are written anew, and experiment.json says what it was. */
function renumber(launches: string, number: number): void {
  const folder = join(launches, '0');
  renameSync(join(launches, String(number)), folder);
  const experiment = join(folder, 'experiment.json');
  const held = JSON.parse(readFileSync(experiment, 'utf8')) as { readonly [key: string]: Json };
  writeWhole(experiment, `${canonicalJson({ ...held, priming: true })}\n`);
  for (const name of ['warmup.jsonl', 'requests.jsonl']) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const renamed = lines.map((line) => JSON.stringify({ ...(JSON.parse(line) as object), launch: 0 }));
    writeWhole(path, `${renamed.join('\n')}\n`);
  }
}

/** A file that is replaced keeps what it had until the new text is whole. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function orExplain(shownPath: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw explainDiskError(
      error,
      `write to ${shownPath}`,
      'Make room or give this user the right to write there, then run again.',
    );
  }
}
