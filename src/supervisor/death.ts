import type { CausePattern } from '../engines/engine.ts';
import type { EngineDeath, Exit, Phase } from './crash.ts';

/** What is known of an engine that ended by itself. */
export interface DeathFacts {
  readonly name: string;
  readonly phase: Phase;
  readonly exit: Exit;
  /** The end of its log, redacted. */
  readonly lines: readonly string[];
  /** The engine's own patterns: they speak first. */
  readonly causes: readonly CausePattern[];
  /** By how much the kernel's count of out-of-memory kills rose since the spawn; null when unknown. */
  readonly oomKills: number | null;
  /** How many processes of its tree live on. */
  readonly survivors: number;
}

type Cause = { readonly reason: string; readonly hint: string };

/** What any program may say before it dies, after the engine's own patterns. */
const commonCauses: readonly CausePattern[] = [
  {
    pattern: /error while loading shared libraries: \S+/,
    reason: 'missing-library',
    hint: 'Install the library named above, or add its folder to LD_LIBRARY_PATH under `env:` (the shell does not pass it on).',
  },
  {
    pattern: /version `?GLIBC\w*_[\d.]+'? not found/,
    reason: 'missing-library',
    hint: 'The binary was built for a newer system; take a build for this one.',
  },
  {
    pattern:
      /CUDA driver version is insufficient|no CUDA-capable device|NVIDIA driver|libcuda\.so|CUDA_ERROR_(NO_DEVICE|SYSTEM_DRIVER_MISMATCH)/i,
    reason: 'driver',
    hint: 'Compare `nvidia-smi` with what the engine was built for; in `env:`, CUDA_VISIBLE_DEVICES may hide every GPU.',
  },
  {
    pattern: /ModuleNotFoundError|ImportError|Cannot find module|ERR_MODULE_NOT_FOUND/,
    reason: 'import-error',
    hint: 'A package is missing in the environment the file names: check `venv:`, `cmd:` and PATH under `env:`.',
  },
  {
    pattern: /EADDRINUSE|address already in use|couldn't bind/i,
    reason: 'port-taken',
    hint: 'Another process took the port; run again.',
  },
  {
    pattern: /out of memory|OutOfMemoryError|cudaMalloc failed|failed to allocate/i,
    reason: 'oom-load',
    hint: 'Give the engine less to hold (context, batch, cache share), or more memory.',
  },
  {
    pattern: /std::bad_alloc|^MemoryError|Cannot allocate memory/m,
    reason: 'oom-host',
    hint: 'The host has too little free memory for it.',
  },
  {
    pattern:
      /unrecognized arguments?|(unknown|invalid|unrecognized) (option|argument|flag)|the following arguments are required/i,
    reason: 'bad-flag',
    hint: 'Compare the flag with what the engine lists under --help.',
  },
  {
    pattern:
      /(model|weights|gguf|safetensors|config\.json)\b.*(not found|no such file|does not exist)|(not found|no such file|does not exist).*(model|weights|gguf|safetensors)/i,
    reason: 'model-missing',
    hint: 'Check the model path or id; relative paths are read from `cwd:`, and HF_HOME is what `env:` says.',
  },
];

/** Signals that name their cause by themselves. */
const signalCauses: Partial<Record<NodeJS.Signals, Cause>> = {
  SIGILL: {
    reason: 'illegal-instruction',
    hint: 'The binary was built for another CPU (AVX-512, AMX ...); take a portable build or compile it here.',
  },
};

/** Signal numbers as a shell reports them: exit code 128 + n. */
const shellCodes: Readonly<Record<number, NodeJS.Signals>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
};

/** How many last lines are shown when none of them speaks of an error. */
const LAST_LINES = 12;

/** Names why an engine ended: the way it ended, then its own patterns, then common ones, else `engine-error`. */
export function explainDeath(facts: DeathFacts): EngineDeath {
  const cause = causeOf(facts);
  return {
    phase: facts.phase,
    reason: cause.reason,
    message: `${facts.name} ${describeExit(facts)} ${facts.phase === 'load' ? 'before it was ready' : 'while it was in use'}.`,
    hint: cause.hint,
    exit: facts.exit,
    lines: errorLines(facts.lines, facts.causes),
  };
}

/** The lines worth showing: from the first that speaks of an error among the last, at most twelve. */
export function errorLines(lines: readonly string[], causes: readonly CausePattern[] = []): string[] {
  const filled = lines.filter((line) => line.trim() !== '').slice(-60);
  const speaks = (line: string): boolean =>
    /error|exception|traceback|fatal|fail|cannot|abort|unable|invalid|killed|panic/i.test(line) ||
    causes.some((cause) => cause.pattern.test(line));
  const telling = filled.filter(speaks);
  const last = filled.slice(-LAST_LINES);
  // A traceback ends with its error: the end is kept, and what was said of errors before it.
  return telling.length === 0 || last.some(speaks)
    ? last
    : [...telling.slice(-LAST_LINES / 2), ...last.slice(-LAST_LINES / 2)];
}

function causeOf(facts: DeathFacts): Cause {
  if (facts.survivors > 0 && facts.exit.code === 0) {
    return {
      reason: 'daemonized',
      hint: 'The engine must stay in the foreground: drop the flag that sends it to the background, or start it with `exec`.',
    };
  }
  const signal = facts.exit.signal ?? shellCodes[facts.exit.code ?? 0];
  const bySignal = signal === undefined ? undefined : signalCauses[signal];
  if (bySignal !== undefined) return bySignal;
  if (signal === 'SIGKILL') return killedCause(facts.oomKills);
  const text = facts.lines.join('\n');
  const said = [...facts.causes, ...commonCauses].find((cause) => cause.pattern.test(text));
  // A first process that ends because a worker of its was killed says so, but not why.
  if (said === undefined && (facts.oomKills ?? 0) > 0) return killedCause(facts.oomKills);
  if (said !== undefined) return { reason: inPhase(said.reason, facts.phase), hint: said.hint };
  return { reason: 'engine-error', hint: 'Its last lines are above; all it wrote is in engine.log.' };
}

/** SIGKILL that bench did not send: the kernel keeps count of those it sends for want of memory. */
function killedCause(oomKills: number | null): Cause {
  if (oomKills === 0) {
    return {
      reason: 'killed',
      hint: 'Somebody sent SIGKILL, and it was not the kernel for want of memory (its count stood still): a user, earlyoom, systemd-oomd?',
    };
  }
  return {
    reason: 'oom-host',
    hint: 'The kernel killed it because the host (or this container) ran out of memory; `dmesg` says how much it held.',
  };
}

/** Engines do not say when they ran out; bench knows. */
function inPhase(reason: string, phase: Phase): string {
  return /^oom(-load|-run)?$/.test(reason) ? `oom-${phase}` : reason;
}

function describeExit({ exit, survivors }: DeathFacts): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  if (survivors > 0 && exit.code === 0)
    return `left ${survivors} process${survivors === 1 ? '' : 'es'} behind and ended`;
  return `exited with code ${exit.code}`;
}
