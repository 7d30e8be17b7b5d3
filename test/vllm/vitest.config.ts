import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/vllm/*.vllm.ts'],
    globalSetup: ['test/temp-folder.global.ts'],
    // A start compiles the model; the venv is a download of 2 GB.
    testTimeout: 2_400_000,
    hookTimeout: 3_600_000,
    fileParallelism: false,
  },
});
