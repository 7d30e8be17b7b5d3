import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../src/canonical.ts';
import { reidentify } from '../../src/config/reidentify.ts';
import { blobId } from '../../src/ledger/blob-id.ts';
import { encodeRecord } from '../../src/ledger/fit-record.ts';
import { type RunRecord, recordSchema } from '../../src/ledger/record.ts';
import type { Row } from '../../src/ledger/row.ts';
import { encodeRow, header } from '../../src/ledger/tsv.ts';
import { randomStream } from '../../src/workload/random.ts';

/** How large a ledger is made. */
export interface LedgerSize {
  readonly rows: number;
  /** Rows that have a record, the newest. */
  readonly records: number;
  /** Commits of the repository, each with a version of one of a hundred experiments. */
  readonly commits: number;
}

/** An experiment as a commit holds it. */
interface Version {
  readonly commit: string;
  readonly path: string;
  readonly text: string;
  readonly blob: string;
  readonly expId: string;
}

/**
 * A repository with a long ledger. One row in ten names a commit that is gone, as after a rebase; of its rows only the newest
 * have a record, a copy of `template` with its own experiment.
 */
export function makeLedger(root: string, size: LedgerSize, template: RunRecord): void {
  const versions = makeHistory(root, size.commits);
  const random = randomStream('ledger');
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const file = join(root, 'bench_results.tsv');
  writeFileSync(file, `${header}\n`);
  mkdirSync(join(root, 'results'), { recursive: true });
  let lines: string[] = [];
  for (let iter = 0; iter < size.rows; iter += 1) {
    const version = versions[Math.floor(random() * versions.length)];
    if (version === undefined) throw new Error('no experiment');
    const started = new Date(Date.UTC(2026, 0, 1) + iter * 60_000).toISOString();
    const second = started.replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
    const row: Row = {
      ...template.row,
      iter,
      run_id: `${second}-${hex(8)}`,
      started_at: started,
      exp_id: version.expId,
      status: iter % 5 === 0 ? 'keep' : 'discard',
      reason: iter % 5 === 0 ? 'better' : 'equivalent',
      commit: iter % 10 === 0 ? hex(40) : version.commit,
      config: version.path,
      config_sha: version.blob,
      description: `number ${iter}: ${version.text.split('\n')[0]}`,
    };
    lines.push(`${encodeRow(row)}\n`);
    if (iter >= size.rows - size.records) writeRecord(root, row, version, template);
    if (lines.length === 10_000 || iter === size.rows - 1) {
      appendFileSync(file, lines.join(''));
      lines = [];
    }
  }
}

/** A record of the checkout itself: what a real run left. */
export function templateRecord(checkout: string): RunRecord {
  const folder = join(checkout, 'results');
  const records = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => recordSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
  const found = records.find(({ summary, comparison = null }) => summary !== null && comparison === null);
  if (found === undefined) throw new Error(`no record of a measured run in ${folder}`);
  return found;
}

function writeRecord(root: string, row: Row, version: Version, template: RunRecord): void {
  const { row: _, dropped: __, schemaVersion: ___, ...members } = template;
  const record = {
    ...members,
    runId: row.run_id,
    sources: { [version.path]: { blob: version.blob, text: version.text } },
    files: { [version.path]: sha256Hex(version.text) },
  };
  writeFileSync(join(root, 'results', `${row.run_id}.json`), encodeRecord(record, row).text);
}

/** One `git fast-import`: a thousand commits take a second. */
function makeHistory(root: string, commits: number): Version[] {
  const git = (args: string[], input = ''): string =>
    execFileSync('git', args, { cwd: root, input, encoding: 'utf8', maxBuffer: 1 << 30 }).trim();
  git(['init', '-q', '-b', 'main']);
  git(['config', 'user.name', 'bench:ledger']);
  git(['config', 'user.email', 'bench@localhost']);
  const files = Array.from({ length: commits }, (_, at) => ({
    path: `configs/x${at % 100}.yaml`,
    text: `description: version ${at}\nengine: custom\ncmd: /bin/server\nargs: [--knob, "${at}"]\n`,
  }));
  const stream = files.map(({ path, text }, at) => {
    const message = `version ${at}`;
    const time = `bench <bench@localhost> ${1_760_000_000 + at} +0000`;
    return `commit refs/heads/main\ncommitter ${time}\ndata ${message.length}\n${message}\nM 100644 inline ${path}\ndata ${text.length}\n${text}\n`;
  });
  git(['fast-import', '--quiet'], stream.join(''));
  git(['reset', '-q', '--hard']);
  const ids = git(['rev-list', '--reverse', 'main']).split('\n');
  return files.map(({ path, text }, at) => {
    const found = reidentify(path, { [path]: text }, { [path]: sha256Hex(text) });
    if ('because' in found) throw new Error(found.because);
    return { path, text, commit: ids[at] ?? '', blob: blobId(text), expId: found.expId };
  });
}
