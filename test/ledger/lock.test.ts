import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLedgerLock } from '../../src/ledger/ledger-lock.ts';
import {
  acquireMeasurementLock,
  type MeasurementLock,
  type MeasurementLockRequest,
} from '../../src/ledger/lock.ts';
import { type LockHolder, newHolder, tryLockFile, writeHolder } from '../../src/ledger/lock-file.ts';
import { isGone, thisProcess } from '../../src/process-identity.ts';
import { compileChildren, startChild } from './compiled.ts';
import { tempDir } from './repository.ts';

const programs = compileChildren();
let directory = '';
const held: MeasurementLock[] = [];

beforeEach(() => {
  directory = join(tempDir(), 'locks');
});
afterEach(() => {
  for (const lock of held.splice(0)) lock.release();
});

async function take(options: Partial<MeasurementLockRequest> = {}): Promise<MeasurementLock> {
  const lock = await acquireMeasurementLock({
    env: { BENCH_LOCK_DIR: directory },
    gpus: [],
    wait: false,
    signal: new AbortController().signal,
    command: 'bench run configs/a.yaml',
    runId: '20261122T071500Z-00000001',
    onWait: () => undefined,
    pollMs: 5,
    ...options,
  });
  held.push(lock);
  return lock;
}

/** Who held a lock and died: a pid that exists, of a process with another start. */
function deadHolder(members: Partial<LockHolder> = {}): LockHolder {
  return { ...newHolder({ command: 'bench run dead', runId: null }), startTicks: '1', ...members };
}

function leave(name: string, holder: LockHolder): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeHolder(path, holder);
  return path;
}

test('a second measurement is refused and told who, what and since when', async () => {
  await take();
  await expect(take()).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(
      new RegExp(`pid ${process.pid} \\(bench run configs/a.yaml, run 20261122T071500Z-00000001\\) since 2`),
    ),
    hint: expect.stringContaining('--wait'),
  });
});

test('released, it is free and leaves no file', async () => {
  (await take()).release();
  (await take()).release();
  expect(readdirSync(directory)).toEqual([]);
});

test('the lock file holds no environment, and every user may read and clear it', async () => {
  await take({ env: { BENCH_LOCK_DIR: directory, SECRET: 'hunter2' } });
  const path = join(directory, 'cpu.lock');
  expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(statSync(directory).mode & 0o7777).toBe(0o777);
});

test('GPU sets: those that share a GPU exclude each other, others do not, and a refusal keeps nothing', async () => {
  await take({ gpus: ['GPU-b', 'GPU-a'] });
  await take();
  await take({ gpus: ['GPU-c'] });
  await expect(take({ gpus: ['GPU-0', 'GPU-b'] })).rejects.toMatchObject({ exitCode: 5 });
  expect(readdirSync(directory).sort()).toEqual(['GPU-a.lock', 'GPU-b.lock', 'GPU-c.lock', 'cpu.lock']);
});

test('a name from a driver stays inside the directory', async () => {
  await take({ gpus: ['../../etc/GPU'] });
  expect(readdirSync(directory)).toEqual(['.._.._etc_GPU.lock']);
});

describe('a holder that is gone', () => {
  test('its pid is another process now', async () => {
    leave('cpu.lock', deadHolder());
    await take();
    expect(readFileSync(join(directory, 'cpu.lock'), 'utf8')).toContain('configs/a.yaml');
  });
  test('the machine was rebooted since', async () => {
    leave('cpu.lock', { ...newHolder({ command: 'x', runId: null }), bootId: 'other' });
    await take();
  });
  test('killed with kill -9', async () => {
    const witness = tempDir();
    const child = startChild(join(programs, 'take-lock.js'), [witness, '60000'], {
      ...process.env,
      BENCH_LOCK_DIR: directory,
    });
    await child.said('held');
    await expect(take()).rejects.toMatchObject({
      message: expect.stringContaining(`pid ${child.pid} (take-lock)`),
    });
    child.kill();
    await child.ended;
    await take();
  });
  test('a zombie that nobody has reaped', async () => {
    // The shell never waits for its first child.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(await new Promise((done) => parent.stdout.once('data', done)));
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
      await new Promise((done) => setTimeout(done, 5));
    const startTicks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21] ?? '';
    expect(isGone({ ...thisProcess(), pid, startTicks })).toBe(true);
    parent.kill();
  });
  test('and so is the one that was taking over from it', async () => {
    const first = deadHolder();
    const second = deadHolder();
    const path = leave('cpu.lock', first);
    writeHolder(`${path}.after-${first.token}`, second);
    writeHolder(`${path}.after-${second.token}`, deadHolder());
    await take();
    expect(readdirSync(directory)).toEqual(['cpu.lock']);
  });
});

describe('a holder that may be alive is never robbed', () => {
  test('in another container', async () => {
    leave('cpu.lock', deadHolder({ pidNamespace: 'pid:[1]' }));
    await expect(take()).rejects.toMatchObject({ hint: expect.stringContaining('another container') });
  });
  test('a file that is no lock', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'cpu.lock'), 'what is this');
    await expect(take()).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('cannot be read as a lock'),
    });
  });
  test('but a lock torn by a power cut, older than this boot, is cleared', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'cpu.lock'), '');
    execFileSync('touch', ['-d', '2001-01-01', join(directory, 'cpu.lock')]);
    await take();
  });
});

test('the journal of a dead holder goes with its lock, until somebody lets go of it', () => {
  const journal = { commit: 'c', parent: 'p', index: 'i' };
  const path = leave('index.lock', deadHolder({ journal }));
  const attempt = tryLockFile(path, { command: 'bench commit', runId: null }, { ours: false });
  if (attempt.kind !== 'held') throw new Error(attempt.kind);
  expect(attempt.lock.left?.journal).toEqual(journal);
  // What the next one finds should this one be killed too.
  expect(JSON.parse(readFileSync(path, 'utf8')).journal).toEqual(journal);
  attempt.lock.release();
  expect(readdirSync(directory)).toEqual([]);
});

test('a draft that was never written whole is cleared once it is old', () => {
  const [old, young] = [deadHolder(), deadHolder()].map(({ token }) =>
    leave(`cpu.lock.${token}`, deadHolder()),
  );
  for (const path of [old, young]) writeFileSync(path ?? '', '');
  utimesSync(old ?? '', 1, 1);
  const attempt = tryLockFile(join(directory, 'cpu.lock'), { command: 'x', runId: null }, { ours: true });
  if (attempt.kind !== 'held') throw new Error(attempt.kind);
  attempt.lock.release();
  expect(readdirSync(directory).map((name) => join(directory, name))).toEqual([young]);
});

test('twenty processes queue over a dead lock: never two at a time, and all get it', async () => {
  leave('cpu.lock', deadHolder());
  const witness = tempDir();
  const env = { ...process.env, BENCH_LOCK_DIR: directory };
  const children = Array.from({ length: 20 }, () =>
    startChild(join(programs, 'take-lock.js'), [witness, '3'], env),
  );
  for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(directory)).toEqual([]);
}, 120_000);

test('twenty processes seize one lock file as fast as they can, some dying with it: never two at a time', async () => {
  const root = tempDir();
  const path = join(root, 'x.lock');
  writeHolder(path, deadHolder());
  const children = Array.from({ length: 20 }, () =>
    startChild(join(programs, 'seize.js'), [path, root, '15']),
  );
  const ends = await Promise.all(children.map(({ ended }) => ended));
  for (const end of ends) {
    expect(end.stderr).toBe('');
    expect(end.stdout.trim().split('\n')).toHaveLength(15);
  }
  expect(existsSync(join(root, 'alone'))).toBe(false);
}, 120_000);

test('many in one process over one dead lock after another: exactly one wins each', () => {
  const root = tempDir();
  for (let round = 0; round < 50; round++) {
    const path = join(root, `${round}.lock`);
    writeHolder(path, deadHolder());
    const attempts = Array.from({ length: 5 }, () =>
      tryLockFile(path, { command: 'x', runId: null }, { ours: true }),
    );
    expect(attempts.filter((attempt) => attempt.kind === 'held')).toHaveLength(1);
    for (const attempt of attempts) if (attempt.kind === 'held') attempt.lock.release();
  }
});

test('waiters are served in the order in which they came, and told once whom they wait for', async () => {
  const first = await take();
  const served: string[] = [];
  const told: string[] = [];
  const waiters = ['a', 'b', 'c'].map(async (name, index) => {
    await new Promise((done) => setTimeout(done, index * 60));
    const lock = await take({
      wait: true,
      command: name,
      onWait: (holder) => told.push(`${name} for ${holder?.command}`),
    });
    served.push(name);
    lock.release();
  });
  await new Promise((done) => setTimeout(done, 300));
  expect(told).toEqual(['a', 'b', 'c'].map((name) => `${name} for bench run configs/a.yaml`));
  first.release();
  await expect(take()).rejects.toMatchObject({ message: expect.stringContaining('next in the queue') });
  await Promise.all(waiters);
  expect(served).toEqual(['a', 'b', 'c']);
  expect(readdirSync(directory)).toEqual([]);
});

test('a waiter that died does not hold up the queue', async () => {
  leave('cpu.wait-000000000000001-abc', deadHolder());
  await take();
  expect(readdirSync(directory)).toEqual(['cpu.lock']);
});

test('Ctrl-C ends the waiting, and the place in the queue', async () => {
  await take();
  const stop = new AbortController();
  const waiting = take({ wait: true, signal: stop.signal });
  setTimeout(() => stop.abort('SIGINT'), 30);
  await expect(waiting).rejects.toBe('SIGINT');
  expect(readdirSync(directory)).toEqual(['cpu.lock']);
});

test('another user takes over a lock that root left', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('needs root to become someone else');
  leave('cpu.lock', deadHolder());
  execFileSync('chmod', ['755', join(directory, '..')]);
  execFileSync('chmod', ['777', directory]);
  execFileSync('chmod', ['-R', 'a+rX', join(programs, '../../../..')]);
  const witness = tempDir();
  execFileSync('chmod', ['777', witness]);
  const env = { PATH: process.env.PATH, BENCH_LOCK_DIR: directory };
  const child = spawn(process.execPath, [join(programs, 'take-lock.js'), witness], {
    env,
    uid: 65534,
    gid: 65534,
  });
  let said = '';
  child.stdout.on('data', (text) => {
    said += String(text);
  });
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  expect(await new Promise((done) => child.on('close', done)), said).toBe(0);
  expect(readdirSync(directory)).toEqual([]);
});

test('a lock directory that cannot be used: exit 5 and what to set', async () => {
  await expect(take({ env: { BENCH_LOCK_DIR: '/dev/null/locks' } })).rejects.toMatchObject({
    exitCode: 5,
    hint: expect.stringContaining('BENCH_LOCK_DIR'),
  });
});

describe('the ledger lock', () => {
  test('is let go when the work fails', async () => {
    const path = join(tempDir(), 'ledger.lock');
    await expect(withLedgerLock([path], 'x', () => Promise.reject(new Error('work')))).rejects.toThrow(
      'work',
    );
    expect(existsSync(path)).toBe(false);
  });
  test('held too long: exit 5, and by whom', async () => {
    const path = join(tempDir(), 'ledger.lock');
    writeHolder(path, newHolder({ command: 'append a row', runId: null }));
    await expect(withLedgerLock([path], 'x', async () => undefined, 2)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(`pid ${process.pid} (append a row`),
    });
    expect(existsSync(path)).toBe(true);
  });
  test('a dangling link in its place is not followed', async () => {
    const root = tempDir();
    symlinkSync('/nonexistent/x', join(root, 'ledger.lock'));
    await expect(
      withLedgerLock([join(root, 'ledger.lock')], 'x', async () => undefined, 2),
    ).rejects.toMatchObject({ exitCode: 5 });
  });
});
