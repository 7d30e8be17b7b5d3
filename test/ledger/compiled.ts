import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** How a child process ended, and what it said. */
export interface ChildEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles the programs of `child/` once for a test file; they go away with it. Answers where they are. */
export function compileChildren(): string {
  const out = mkdtempSync(join(tmpdir(), 'bench-children-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(out, 'node_modules'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: root,
      outDir: join(out, 'dist'),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [join(root, 'test/ledger/child')],
  };
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', out], {
    stdio: 'inherit',
  });
  return join(out, 'dist/test/ledger/child');
}

/** A running child. */
export interface Child {
  readonly pid: number;
  /** kill -9 of the child alone. */
  kill(): void;
  /** SIGINT to the child and to what it has started, as a terminal sends it. */
  interrupt(): void;
  readonly ended: Promise<ChildEnd>;
  /** Waits until its output has a text. */
  said(text: string): Promise<void>;
}

/** Starts a compiled child in a process group of its own. */
export function startChild(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Child {
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid ?? 0;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<ChildEnd>((done) => {
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
  const said = async (text: string): Promise<void> => {
    while (!stdout.includes(text)) {
      if (child.exitCode !== null) throw new Error(`child ended: ${stdout}${stderr}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  const interrupt = (): void => {
    if (child.exitCode === null) process.kill(-pid, 'SIGINT');
  };
  return { pid, kill: () => void child.kill('SIGKILL'), interrupt, ended, said };
}
