/** Flags that vLLM had in earlier versions -> what stands for them in 0.32. */
export const vllmRenamed: { readonly [flag: string]: string } = {
  '--speculative-model': '--speculative-config',
  '--num-speculative-tokens': '--speculative-config',
  '--cuda-graph-sizes': '--cudagraph-capture-sizes',
  '--max-seq-len-to-capture': '--max-cudagraph-capture-size',
  '--guided-decoding-backend': '--structured-outputs-config',
  '--disable-log-requests': '--no-enable-log-requests',
  '--rope-scaling': '--hf-overrides',
  '--rope-theta': '--hf-overrides',
  '--task': '--runner',
  '--worker-use-ray': '--distributed-executor-backend',
};

/** The same for SGLang 0.5.23. */
export const sglangRenamed: { readonly [flag: string]: string } = {
  '--cuda-graph-max-bs': '--cuda-graph-max-bs-decode',
  '--cuda-graph-bs': '--cuda-graph-bs-decode',
  '--enable-ep-moe': '--ep-size',
  '--enable-deepep-moe': '--moe-a2a-backend',
};
