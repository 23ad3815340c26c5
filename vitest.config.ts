import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'studio/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    // The memory test asks for a collection before it reads.
    execArgv: ['--expose-gc'],
  },
})
