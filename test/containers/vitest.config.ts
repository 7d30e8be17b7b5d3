import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/containers/*.container.ts'],
    globalSetup: ['test/temp-folder.global.ts', 'test/containers/lab.global.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One store, one registry: and podman takes a core by itself.
    fileParallelism: false,
  },
});
