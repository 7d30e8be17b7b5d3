import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { canonicalJson, type Json } from './canonical.ts';
import type { OutputText } from './measure/trace.ts';

/** The files of one launch; every line is on disk before the next request starts. */
export interface LaunchFiles {
  readonly logPath: string;
  event(event: object): void;
  request(line: object): void;
  warmUp(line: object): void;
  output(line: OutputText): void;
  write(name: 'experiment.json', value: object): void;
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
}

/** Makes the folder of a run. @throws the file system's error when it cannot be written. */
export function openBundle(root: string, runId: string): Bundle {
  const path = join(root, '.bench_runs', runId);
  mkdirSync(path, { recursive: true });
  ignoreInGit(dirname(path));
  return {
    path,
    shownPath: relative(root, path),
    writeRun: (value) => writeJson(join(path, 'run.json'), value),
    writeSummary: (value) => writeJson(join(path, 'summary.json'), value),
    launch: (number) => openLaunch(join(path, 'launches', String(number))),
  };
}

/** Bundles stay out of git also where nobody wrote that into the repository's own .gitignore. */
function ignoreInGit(folder: string): void {
  const path = join(folder, '.gitignore');
  if (!existsSync(path)) writeFileSync(path, '*\n');
}

function openLaunch(path: string): LaunchFiles {
  mkdirSync(path, { recursive: true });
  const append = (name: string) => (line: object) =>
    appendFileSync(join(path, name), `${JSON.stringify(line)}\n`);
  return {
    logPath: join(path, 'engine.log'),
    event: append('events.jsonl'),
    request: append('requests.jsonl'),
    warmUp: append('warmup.jsonl'),
    output: append('outputs.jsonl'),
    writeText: (name, text) => writeFileSync(join(path, name), text),
    write: (name, value) => writeFileSync(join(path, name), `${canonicalJson(value as Json)}\n`),
  };
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
