import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { BenchError, ExitCode } from '../errors.ts';
import { identifyProcess } from '../process-identity.ts';
import { explainInstall, progressOf } from './explain-install.ts';
import { askPython, findPython, type Python } from './python.ts';
import { runStep, type StepEnd } from './run-step.ts';

/** Which venv to make, from what, and who to tell. */
interface InstallRequest {
  readonly root: string;
  readonly path: string;
  readonly lock: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Given the identity of each child that is started, so that a later bench can end it when this one is killed. */
  readonly noteChild: (identity: string) => void;
}

/** What was made. */
interface Installed {
  readonly python: string;
  readonly sitePackages: string;
  readonly installer: 'uv' | 'pip';
  readonly installerVersion: string;
}

/**
 * Makes a venv in an empty folder and installs a hash-locked file into it: with uv when it is on PATH, else with
 * `python3 -m venv` and pip. Wheels only, hashes required, nothing beyond the file.
 * @throws BenchError (exit 5) that names package, file and what to do; the signal's reason when aborted.
 */
export async function makeVenv(home: string, request: InstallRequest): Promise<Installed> {
  const base = await findPython(request.env);
  const uvVersion = await uvVersionOn(request.env);
  const installer = uvVersion === null ? 'pip' : 'uv';
  const installerVersion = uvVersion ?? pipVersion(base);
  request.say(
    `venv ${request.path}: making it from ${request.lock} with ${installer} ${installerVersion}, Python ${base.version}`,
  );
  const python = join(home, 'bin/python');
  const steps =
    installer === 'uv' ? uvSteps(base, home, python, request) : pipSteps(base, home, python, request);
  for (const step of steps) {
    const end = await run(step, request);
    if (end.exitCode !== 0) throw explain(end, installer, base, request);
  }
  const made = await askPython(python, request.env);
  if (made === null) throw explain({ lines: [`${python} does not run`] }, installer, base, request);
  request.say(`venv ${request.path}: complete`);
  return { python: made.version, sitePackages: made.sitePackages, installer, installerVersion };
}

// Bytecode is compiled here, not by the first launch: that launch would measure slower than the rest.
function uvSteps(base: Python, home: string, python: string, { root, lock }: InstallRequest): string[][] {
  const strict = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--compile-bytecode'];
  return [
    ['uv', 'venv', '--quiet', '--no-project', '--allow-existing', '--python', base.path, home],
    ['uv', 'pip', 'install', '--python', python, ...strict, '-r', resolve(root, lock)],
  ];
}

// Python's own pip wheel runs from where it lies: the venv holds what the lock file names and no pip of its own,
// and is made in a fraction of the time.
function pipSteps(base: Python, home: string, python: string, { root, lock }: InstallRequest): string[][] {
  if (base.pipWheel === null) throw cannotMakeVenvs(base);
  const strict = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--compile'];
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar=off', '--retries=3'];
  return [
    [base.path, '-m', 'venv', '--without-pip', home],
    [python, '-I', `${base.pipWheel}/pip`, 'install', ...strict, ...quiet, '-r', resolve(root, lock)],
  ];
}

function run(
  argv: readonly string[],
  { root, env, signal, say, path, noteChild }: InstallRequest,
): Promise<StepEnd> {
  return runStep(argv, {
    cwd: root,
    env: { ...env, UV_PYTHON_DOWNLOADS: 'never', PYTHONUNBUFFERED: '1' },
    signal,
    onStart: (pid) => noteChild(JSON.stringify(identifyProcess(pid))),
    onLine: (line) => {
      const progress = progressOf(line);
      if (progress !== null) say(`venv ${path}: ${progress}`);
    },
  });
}

function explain(
  end: Pick<StepEnd, 'lines'>,
  installer: 'uv' | 'pip',
  base: Python,
  { path, lock }: InstallRequest,
): BenchError {
  const machine = `Python ${base.version}, ${base.platform}`;
  return explainInstall(end.lines, { installer, venv: path, lock, machine });
}

function cannotMakeVenvs(base: Python): BenchError {
  return new BenchError(
    `${base.path} (Python ${base.version}) cannot make venvs: its ensurepip is missing.`,
    {
      exitCode: ExitCode.host,
      hint: 'On Debian and Ubuntu: apt install python3-venv. Or put uv on PATH. Then run again.',
    },
  );
}

function pipVersion({ pipWheel }: Python): string {
  return /pip-([\d.]+)-/.exec(pipWheel ?? '')?.[1] ?? '';
}

/** Version of the uv on PATH; null when there is none. */
async function uvVersionOn(env: NodeJS.ProcessEnv): Promise<string | null> {
  const options = { env, extendEnv: false, stdin: 'ignore', reject: false, timeout: 10_000 } as const;
  const result = await execa('uv', ['--version'], options);
  return result.exitCode === 0 ? (/\d+(?:\.\d+)+/.exec(result.stdout)?.[0] ?? '') : null;
}
