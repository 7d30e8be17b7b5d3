import type { CausePattern } from './engine.ts';

/**
 * What torch, Hugging Face's hub and transformers, argparse and the CUDA runtime say before a Python engine dies, most telling
 * first. An engine puts its own patterns before these.
 */
export const pythonCauses: readonly CausePattern[] = [
  {
    pattern:
      /error: (?:unrecognized arguments|argument \S+|the following arguments are required|ambiguous option)|Error: (?:No such option|Invalid value for|Missing (?:argument|option)|Got unexpected extra argument|Option \S+ requires)/,
    reason: 'bad-flag',
    hint: 'Compare the flag and its value with what the engine lists under --help; flags come and go between versions.',
  },
  {
    pattern: /No space left on device|\[Errno 28\]|ENOSPC|Disk quota exceeded/,
    reason: 'disk-full',
    hint: 'Free space where the engine writes: its caches (HOME, HF_HOME, TMPDIR under `env:`) and /dev/shm.',
  },
  {
    pattern:
      /GatedRepoError|access to model \S+ is restricted|trying to access a gated repo|Cannot access gated repo/i,
    reason: 'model-gated',
    hint: 'Accept the licence on the model page, then pass the token: `HF_TOKEN: { secret: $HF_TOKEN }` under `env:`.',
  },
  {
    pattern:
      /Can't load tokenizer for|Failed to load the tokenizer|Couldn't instantiate the backend tokenizer|Tokenizer class \S+ does not exist|Unrecognized (?:processing|tokenizer) class|tokenizer(?:_config)?\.(?:json|model)\S* (?:was )?not found/,
    reason: 'tokenizer-missing',
    hint: 'The model folder lacks its tokenizer files, or they need a newer transformers; name another with the tokenizer flag.',
  },
  {
    pattern:
      /RepositoryNotFoundError|Repository Not Found for url|is not a local folder and is not a valid model identifier|Can't load the configuration of|does not appear to have a file named|Cannot find any model weights|HFValidationError|Repo id must (?:be|use)|LocalEntryNotFoundError|outgoing traffic has been disabled|couldn't connect to '?https?:\/\/\S+ to load|No such file or directory: '[^']*(?:config\.json|safetensors)/,
    reason: 'model-missing',
    hint: 'Check the model path or id; relative paths are read from `cwd:`, HF_HOME is what `env:` says, and nothing is downloaded with HF_HUB_OFFLINE.',
  },
  {
    pattern:
      /FP8 KV cache is not supported|native FP8 \(fp8e4nv\) requires|type fp8e4nv not supported|fp8e4nv data type is not supported|(?:torchao )?FP8 \S.* requires GPU compute capability|torch\._scaled_mm is only supported on/,
    reason: 'fp8-unsupported',
    hint: 'This GPU has no native FP8 (it came with compute capability 8.9): take another KV type or quantisation, or a backend that only stores FP8.',
  },
  {
    pattern:
      /not supported for the current GPU|no kernel image is available for execution|only supported on GPUs with compute capability|requires (?:SM|compute capability|GPU compute capability) ?\d|CUDA error: invalid device function/i,
    reason: 'gpu-unsupported',
    hint: "This GPU's architecture cannot run what was asked for; the line above names what it needs.",
  },
  {
    pattern:
      /NVIDIA driver on your system is too old|CUDA driver version is insufficient|compiled with an unsupported toolchain|forward compatibility was attempted on non supported HW|no CUDA-capable device|Found no NVIDIA driver|No CUDA GPUs are available|CUDA unknown error/,
    reason: 'driver',
    hint: 'Compare `nvidia-smi` with the CUDA version the engine was built for; in `env:`, CUDA_VISIBLE_DEVICES may hide every GPU.',
  },
  {
    pattern: /\[Errno 98\]|EADDRINUSE|address already in use/i,
    reason: 'port-taken',
    hint: 'Another process took the port; run again.',
  },
  {
    pattern: /OutOfMemoryError|(?:CUDA|HIP|cuBLAS).{0,40}out of memory|CUBLAS_STATUS_ALLOC_FAILED/i,
    reason: 'oom-load',
    hint: 'Give the engine less to hold (memory share, context, batch), use more GPUs, or end what else holds GPU memory.',
  },
  {
    pattern: /undefined symbol: \S+|symbol lookup error|version `(?:GLIBC|GLIBCXX|CXXABI)_[\d.]+' not found/,
    reason: 'import-error',
    hint: 'A compiled library does not fit the torch, CUDA or system library beside it: build the environment anew from its lock.',
  },
  {
    pattern:
      /(?:^|[\])] ?)(?:ModuleNotFoundError|ImportError): |No module named \S+$|: cannot open shared object file/m,
    reason: 'import-error',
    hint: 'A package or library is missing in the environment the file names: check `venv:`, `cmd:`, PATH and LD_LIBRARY_PATH under `env:`.',
  },
];
