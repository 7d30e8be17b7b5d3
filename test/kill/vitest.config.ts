import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kill/*.kill.ts'],
    globalSetup: ['test/temp-folder.global.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Groups of trials at a time: a run mostly waits, so two cores carry three.
    maxConcurrency: 3,
    fileParallelism: false,
  },
});
