import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BenchError } from '../../src/errors.ts';
import { identifyProcess, isGone, parseIdentity } from '../../src/process-identity.ts';
import { ensureVenv, type VenvFacts } from '../../src/setup/venv.ts';
import { isolated, makeWheel, startIndex, type WheelIndex } from './wheel-index.ts';

const alpha = makeWheel('alpha', '1.0');
const beta = makeWheel('beta', '2.5', 'py3-none-any', 2_000_000);
const foreign = makeWheel('foreign', '1.0', 'cp39-cp39-manylinux2014_s390x');
const tools = mkdtempSync(join(tmpdir(), 'bench-uv-'));
let index: WheelIndex;
let root: string;
let lines: string[];

/** The index's environment with an empty cache. */
function freshEnv(): NodeJS.ProcessEnv {
  return {
    ...isolated(),
    PIP_INDEX_URL: index.env.PIP_INDEX_URL,
    UV_DEFAULT_INDEX: index.env.UV_DEFAULT_INDEX,
  };
}

function withUv(): NodeJS.ProcessEnv {
  return { ...freshEnv(), PATH: [join(tools, 'bin'), process.env.PATH].join(delimiter) };
}

/** The environment without uv on its PATH. */
function withoutUv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !existsSync(join(folder, 'uv')));
  return { ...env, PATH: folders.join(delimiter) };
}

function lock(...content: string[]): void {
  writeFileSync(join(root, 'lock.txt'), `# a comment\n${content.join('\n')}\n`);
}

function ensure(env: NodeJS.ProcessEnv, signal = new AbortController().signal): Promise<VenvFacts> {
  const say = (line: string): void => {
    lines.push(line);
  };
  return ensureVenv({ root, path: '.venvs/it', lock: 'lock.txt', say, signal, env });
}

async function failure(env: NodeJS.ProcessEnv): Promise<BenchError> {
  const error = await ensure(env).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BenchError);
  return error as BenchError;
}

beforeAll(async () => {
  execFileSync('python3', ['-m', 'pip', 'install', '-q', '--target', tools, 'uv'], { stdio: 'ignore' });
  index = await startIndex([alpha, beta, foreign]);
}, 120_000);
afterAll(() => {
  index.close();
  rmSync(tools, { recursive: true, force: true });
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bench-venv-'));
  lines = [];
  index.stalled = false;
});

describe.each(['pip', 'uv'] as const)('ensureVenv with %s', (installer) => {
  let env: NodeJS.ProcessEnv;
  const dead = 'http://127.0.0.1:9/simple/';
  beforeEach(() => {
    env = installer === 'uv' ? withUv() : withoutUv(freshEnv());
  });

  it('makes it once, from the lock file alone, and again when the lock changes', async () => {
    lock(alpha.line);
    const made = await ensure(env);
    expect(made).toMatchObject({ created: true, installer, path: join(root, '.venvs/it') });
    expect(made.distributions).toBe(1);
    expect(made.python).toMatch(/^3\.\d+\.\d+$/);
    expect(existsSync(join(made.sitePackages, 'alpha.py'))).toBe(true);
    expect(existsSync(join(made.sitePackages, '__pycache__'))).toBe(true);
    expect(lines[0]).toMatch(
      /^venv \.venvs\/it: making it from lock\.txt with (pip|uv) \d+\.\d+(\.\d+)?, Python 3\./,
    );
    expect(lines.at(-1)).toBe('venv .venvs/it: complete');

    lines = [];
    expect(await ensure(env)).toEqual({ ...made, created: false });
    expect(lines).toEqual([]);

    lock(beta.line);
    const remade = await ensure(env);
    expect(remade.created).toBe(true);
    expect(remade.lockSha256).not.toBe(made.lockSha256);
    expect(existsSync(join(remade.sitePackages, 'alpha.py'))).toBe(false);
    expect(existsSync(join(remade.sitePackages, 'beta.py'))).toBe(true);
    expect(lines.join('\n')).toMatch(/downloading beta/);
  });

  it('names package and both hashes when a file is not the locked one', async () => {
    const wrong = 'a'.repeat(64);
    const real = alpha.line.slice(-64);
    lock(beta.line, alpha.line.replace(real, wrong));
    const error = await failure(env);
    expect(error.exitCode).toBe(5);
    expect(error.message).toBe(
      `alpha==1.0 is not the file that lock.txt names: expected sha256 ${wrong}, got ${real}.`,
    );
  });

  it('names package, lock file and way out when there is no network', { timeout: 60_000 }, async () => {
    lock(alpha.line);
    const error = await failure({
      ...env,
      PIP_INDEX_URL: dead,
      UV_DEFAULT_INDEX: dead,
      UV_HTTP_RETRIES: '1',
    });
    expect(error.exitCode).toBe(5);
    expect(error.message).toMatch(
      new RegExp(
        `^${installer} could not reach its package index for alpha(==1\\.0)? while making the venv \\.venvs/it from lock\\.txt\\.$`,
      ),
    );
    expect(error.hint).toMatch(/Connect to the network/);
  });

  it('says so when no wheel fits', async () => {
    lock(foreign.line);
    const error = await failure(env);
    expect(error.message).toMatch(
      /^No wheel of foreign==1\.0 fits this machine \(Python 3\.\d+\.\d+, linux \w+\)/,
    );
  });

  it('ends the installer on abort, and goes on the next time', async () => {
    lock(beta.line);
    index.stalled = true;
    const before = index.downloads.length;
    const control = new AbortController();
    const making = ensure(env, control.signal);
    while (index.downloads.length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    const installer = parseIdentity(readFileSync(join(root, '.venvs/it/.bench/installer'), 'utf8'));
    control.abort(new Error('stop now'));
    await expect(making).rejects.toThrow('stop now');
    expect(installer !== null && isGone(installer)).toBe(true);
    index.stalled = false;
    expect(await ensure(env)).toMatchObject({ created: true });
  });
});

describe('ensureVenv', () => {
  it('is made once when two ask at once', async () => {
    lock(alpha.line);
    const both = await Promise.all([ensure(withUv()), ensure(withUv())]);
    expect(both.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(lines.filter((line) => line.includes('is making it; waiting'))).toHaveLength(1);
    expect(readdirSync(join(root, '.venvs/it/.bench')).sort()).toEqual(['complete.json', 'owner-2']);
  });

  it('takes over what a killed bench left, and ends its installer first', async () => {
    lock(alpha.line);
    const home = join(root, '.venvs/it');
    const orphan = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    const left = identifyProcess(orphan.pid ?? 0);
    mkdirSync(join(home, '.bench'), { recursive: true });
    mkdirSync(join(home, 'lib/python3.11/site-packages/half'), { recursive: true });
    writeFileSync(
      join(home, '.bench/owner-7'),
      JSON.stringify({ ...left, pid: process.pid, startTicks: '1' }),
    );
    writeFileSync(join(home, '.bench/installer'), JSON.stringify(left));
    expect(await ensure(withUv())).toMatchObject({ created: true });
    expect(isGone(left)).toBe(true);
    expect(existsSync(join(home, 'lib/python3.11/site-packages/half'))).toBe(false);
  });

  it('makes it again when its interpreter is gone', async () => {
    lock(alpha.line);
    await ensure(withUv());
    rmSync(join(root, '.venvs/it/bin/python'));
    expect(await ensure(withUv())).toMatchObject({ created: true });
  });

  it('leaves a folder alone that it did not make', async () => {
    lock(alpha.line);
    mkdirSync(join(root, '.venvs/it'), { recursive: true });
    writeFileSync(join(root, '.venvs/it/mine'), 'mine');
    expect((await failure(withUv())).message).toMatch(/exists and was not made by bench/);
    expect(readdirSync(join(root, '.venvs/it'))).toEqual(['mine']);
  });

  it.each(['alpha==1.0', 'alpha>=1 --hash=sha256:00', '-r other.txt', 'alpha'])(
    'refuses a lock line `%s`',
    async (line) => {
      lock(alpha.line, line);
      const error = await failure(withUv());
      expect(error.exitCode).toBe(2);
      expect(error.message).toContain(`lock.txt:3: not hash-locked: \`${line}\``);
      expect(existsSync(join(root, '.venvs'))).toBe(false);
    },
  );

  it('says what to install when Python is missing, too old, or cannot make venvs', async () => {
    lock(alpha.line);
    const tools = mkdtempSync(join(tmpdir(), 'bench-python-'));
    const only = { ...index.env, PATH: tools };
    expect((await failure(only)).message).toBe(
      'Making the venv needs Python 3.10 or newer; none is on PATH.',
    );
    const answer = {
      path: '/old',
      version: '3.8.18',
      platform: 'linux x86_64',
      sitePackages: '/',
      pipWheel: '/pip-1.whl',
    };
    const fake = (reply: object): void => {
      writeFileSync(join(tools, 'python3'), `#!/bin/sh\necho '${JSON.stringify(reply)}'\n`);
      chmodSync(join(tools, 'python3'), 0o755);
    };
    fake(answer);
    expect((await failure(only)).message).toBe(
      'Making the venv needs Python 3.10 or newer; python3 is 3.8.18.',
    );
    fake({ ...answer, path: '/usr/bin/python3', version: '3.11.2', pipWheel: null });
    const bare = await failure(only);
    expect(bare.message).toContain('/usr/bin/python3 (Python 3.11.2) cannot make venvs');
    expect(bare.hint).toContain('apt install python3-venv');
  });
});
