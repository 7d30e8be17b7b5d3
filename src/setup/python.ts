import { execa } from 'execa';
import { BenchError, ExitCode } from '../errors.ts';

/** A Python interpreter as it describes itself. */
export interface Python {
  /** Its own executable, absolute. */
  readonly path: string;
  /** Like 3.11.7. */
  readonly version: string;
  /** Like `linux x86_64`. */
  readonly platform: string;
  /** Folder that `pip install` fills. */
  readonly sitePackages: string;
  /** The pip wheel that comes with it; null on Debian and its children until python3-venv is installed. */
  readonly pipWheel: string | null;
}

const oldest = [3, 10] as const;
const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

const question = `
import glob, importlib.util, json, os, platform, sys, sysconfig
found = importlib.util.find_spec("ensurepip")
bundled = found and os.path.join(os.path.dirname(found.origin), "_bundled")
wheels = sysconfig.get_config_var("WHEEL_PKG_DIR") or bundled
print(json.dumps({
  "path": sys.executable,
  "version": platform.python_version(),
  "platform": sys.platform + " " + platform.machine(),
  "sitePackages": sysconfig.get_path("purelib"),
  "pipWheel": next(iter(glob.glob(os.path.join(wheels, "pip-*.whl"))), None) if found else None,
}))`;

/**
 * The first Python on PATH that is 3.10 or newer.
 * @throws BenchError (exit 5) naming what was found instead.
 */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python> {
  const tooOld: string[] = [];
  for (const name of names) {
    const python = await askPython(name, env);
    if (python === null) continue;
    const [major = 0, minor = 0] = python.version.split('.').map(Number);
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return python;
    tooOld.push(`${name} is ${python.version}`);
  }
  const found = tooOld.length === 0 ? 'none is on PATH' : tooOld.join(', ');
  throw new BenchError(`Making the venv needs Python ${oldest.join('.')} or newer; ${found}.`, {
    exitCode: ExitCode.host,
    hint: 'Install one (on Debian and Ubuntu: apt install python3 python3-venv) and run again.',
  });
}

/** What an interpreter says of itself; null when it does not run or does not answer within 10 s. */
export async function askPython(command: string, env: NodeJS.ProcessEnv): Promise<Python | null> {
  const result = await execa(command, ['-I', '-c', question], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 10_000,
  });
  if (result.exitCode !== 0) return null;
  try {
    return JSON.parse(result.stdout) as Python;
  } catch {
    return null;
  }
}
