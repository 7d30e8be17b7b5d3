import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kill/*.kill.ts'],
    globalSetup: ['test/temp-folder.global.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two groups of trials at a time: one for each core of a small machine.
    maxConcurrency: 2,
    fileParallelism: false,
  },
});
