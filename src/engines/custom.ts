import type { Engine } from './engine.ts';
import { openAiServer } from './openai-server.ts';

/** Any OpenAI-compatible server that bench starts itself; the file's port_flag, host_flag and ready override. */
export const custom: Engine = {
  ...openAiServer,
  name: 'custom',
  needsEnv: ['HOME', 'PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'CUDA_HOME', 'HF_HOME'],
  speculates: (args) => args.some((word) => /specul|draft/i.test(word)),
  causes: [
    {
      pattern: /unrecognized arguments?|unknown (option|argument|flag)|invalid (option|argument)/i,
      reason: 'bad-flag',
      hint: 'Compare the flag with what the server lists under --help.',
    },
    { pattern: /out of memory/i, reason: 'oom-load', hint: 'Give the server less to hold, or more memory.' },
    {
      pattern: /EADDRINUSE|address already in use/i,
      reason: 'port-taken',
      hint: 'Another process took the port; run again.',
    },
    {
      pattern: /ModuleNotFoundError|ImportError|Cannot find module/i,
      reason: 'import-error',
      hint: 'A library is missing in the environment the file names (venv, PATH).',
    },
  ],
};
