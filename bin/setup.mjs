// Makes a checkout runnable: installs the locked dependencies and builds `dist`. Plain Node built-ins only,
// for it runs before anything is installed. Everything is made in a staging folder and renamed into place at
// the end, so an interrupted set-up leaves nothing half made and two at once cannot harm each other; the
// lock only spares the second one the work. Progress goes to stderr, stdout is never touched.
// `--dev` installs what the tests need as well.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasDevInstall, isBuilt, isInstalled, packages, readText, root } from './checkout.mjs';
import { explainNpm } from './explain-npm.mjs';
import { clearLine, progress, say } from './progress.mjs';

const wantsDev = process.argv.includes('--dev');
const workDir = join(root, '.setup.lock');
const lockFile = join(workDir, 'owner');
const staging = join(workDir, `${process.pid}`);
const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** What a failed step says: one sentence, what to do, and the tool's own last words. */
class SetupFailure extends Error {
  constructor(message, hint, output = []) {
    super(message);
    this.hint = hint;
    this.output = output;
  }
}

let running = null;
let ownsLock = false;

for (const [signal, code] of Object.entries(signals)) {
  process.on(signal, () => {
    if (running !== null) killGroup(running.pid);
    leave();
    clearLine();
    say(`bench: set-up interrupted; what is downloaded is kept, run again to go on`);
    process.exit(code);
  });
}

try {
  await setUp();
  leave();
} catch (error) {
  leave();
  process.exitCode = report(error);
}

async function setUp() {
  if (isInstalled(wantsDev) && isBuilt()) return;
  await lock();
  sweep();
  mkdirSync(staging, { recursive: true });
  if (!isInstalled(wantsDev)) await install();
  if (!isBuilt()) await build();
}

async function install() {
  const dev = wantsDev || hasDevInstall();
  const count = packages(dev).length;
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(staging, name));
  }
  const patience = ['--fetch-retries=3', '--fetch-retry-factor=3', '--fetch-retry-mintimeout=500'];
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const which = dev ? '--include=dev' : '--omit=dev';
  const args = ['ci', `--prefix=${staging}`, which, '--ignore-scripts', ...quiet, ...patience];
  const { code, lines } = await step(
    `installing ${count} packages of package-lock.json`,
    'npm',
    args,
    staging,
  );
  if (code !== 0) throw new SetupFailure(...explainNpm(lines, count));
  publish('node_modules');
}

async function build() {
  const target = join(staging, 'dist');
  mkdirSync(target, { recursive: true });
  // Written before the compiler reads the first source: whatever changes later is newer than this file.
  writeFileSync(join(target, '.built'), `${process.version}\n`);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', join(root, 'tsconfig.build.json'), '--outDir', target];
  // Types are checked by the tests; a user's install has no type packages to check against.
  const args = [compiler, ...project, '--noCheck', '--types', '', '--sourceMap', 'false'];
  const { code, lines } = await step('building', process.execPath, args, root);
  if (code !== 0) {
    throw new SetupFailure('The build failed (tsc).', 'Is the checkout complete? See `git status`.', lines);
  }
  publish('dist');
}

/** Puts what was staged in its place; a run that still uses the old one keeps its open files. */
function publish(name) {
  for (let tries = 0; ; tries++) {
    try {
      if (existsSync(join(root, name))) renameSync(join(root, name), join(staging, `old-${name}-${tries}`));
      renameSync(join(staging, name), join(root, name));
      return;
    } catch (error) {
      if (tries === 5 || !['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) throw error;
    }
  }
}

/** Runs one command in a process group of its own and keeps the last lines it printed. */
function step(title, command, args, cwd) {
  const done = progress(title);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece) => {
        text = (text + piece).slice(-20_000);
      });
    }
    child.on('error', (error) => {
      done(false);
      const missing = error.code === 'ENOENT';
      const hint = missing ? 'Install npm (it comes with Node), then run again.' : '';
      reject(new SetupFailure(missing ? `${command} was not found on PATH.` : error.message, hint));
    });
    child.on('close', (code) => {
      running = null;
      done(code === 0);
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      resolve({ code, lines });
    });
  });
}

/** Takes the lock; waits, and says so, while a living process has it. */
async function lock() {
  mkdirSync(workDir, { recursive: true });
  const mine = join(workDir, `claim-${process.pid}`);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  let told = false;
  while (!ownsLock) {
    try {
      linkSync(mine, lockFile);
      ownsLock = true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const [pid, start] = readText(lockFile).split(' ');
      if (pid === '') continue;
      if (!isAlive(pid, start)) {
        rmSync(lockFile, { force: true });
        continue;
      }
      if (!told) say(`bench: another bench (pid ${pid}) is setting this checkout up; waiting for it`);
      told = true;
      await sleep(100);
    }
  }
}

function leave() {
  remove(staging);
  rmSync(join(workDir, `claim-${process.pid}`), { force: true });
  if (ownsLock && readText(lockFile).startsWith(`${process.pid} `)) rmSync(lockFile, { force: true });
  ownsLock = false;
}

/** Removes what killed set-ups left. */
function sweep() {
  for (const name of readdirSync(workDir)) {
    const pid = /^(?:claim-)?(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(pid)) remove(join(workDir, name));
  }
}

/** A process is the one that wrote the lock when its start time is the same too (process ids are reused). */
function isAlive(pid, start) {
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return !start || startOf(pid) === start;
}

/** Start time of a process in clock ticks since boot (proc(5), stat field 22); empty where there is no /proc. */
function startOf(pid) {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Removes a folder as far as possible: an orphaned npm may still be writing there; the next set-up tries again. */
function remove(path) {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch {
    // Left for the next sweep.
  }
}

/** Prints what failed and what to do; returns the exit code (5: set-up failed). */
function report(error) {
  if (['EACCES', 'EROFS', 'EPERM', 'EBUSY', 'EXDEV', 'ENOSPC'].includes(error.code)) {
    const full = error.code === 'ENOSPC';
    say(`bench: ${full ? 'the disk is full' : `${root} cannot be written`} (${error.message})`);
    say(
      full
        ? '  Free some space, then run again.'
        : '  Set it up as a user who may write there, then run again.',
    );
    return 5;
  }
  say(`bench: ${error instanceof SetupFailure ? error.message : (error.stack ?? error)}`);
  for (const line of error.output?.slice(-8) ?? []) say(`  | ${line}`);
  if (error.hint) say(`  ${error.hint}`);
  return 5;
}
