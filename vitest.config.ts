import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'reports/src/**/*.test.ts', 'studio/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    // On two cores vitest would use one: most tests wait for disks, browsers and processes now and then.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The memory test asks for a collection before it reads.
    execArgv: ['--expose-gc'],
  },
})
