import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** A main that shows what the launcher handed over: its arguments, its process id, the signal that ended it. */
const main = `
process.on('SIGTERM', () => { process.stdout.write('got SIGTERM\\n'); process.exit(143); });
process.stdout.write(JSON.stringify(process.argv.slice(2)) + ' pid ' + process.pid + '\\n');
if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
if (process.argv[2] === 'exit') process.exitCode = Number(process.argv[3]);
`;

/** A copy of what set-up needs, with the real dependencies and a tiny main, in a path with spaces. */
export function copyCheckout(): string {
  const root = join(mkdtempSync(join(tmpdir(), 'bench-bin-')), 'a check out');
  mkdirSync(join(root, 'src'), { recursive: true });
  for (const name of [
    'bin',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    cpSync(join(repository, name), join(root, name), { recursive: true });
  }
  writeFileSync(join(root, 'src/main.ts'), main);
  return root;
}

/** A folder to put first on PATH, with one executable in it. */
export function fakeTool(name: string, script: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'bench-tool-'));
  writeFileSync(join(dir, name), script);
  chmodSync(join(dir, name), 0o755);
  return dir;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stdout and stderr together hold the text. */
  says(text: string): Promise<void>;
}

/** Starts a command with this process's environment, changed as told. */
export function start(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Started {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const child = spawn(command, args, { env: { ...process.env, PATH: path, ...env }, cwd: tmpdir() });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const says = async (text: string): Promise<void> => {
    while (!`${stdout}${stderr}`.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended without saying "${text}":\n${stdout}${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, ended, says };
}
