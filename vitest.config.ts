import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // On two cores vitest would use one: most tests wait for disks, browsers and processes now and then.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // The memory test asks for a collection before it reads.
    execArgv: ['--expose-gc'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'reports/src/**/*.test.ts',
            'studio/src/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: ['test/e2e/**'],
          // Files share a process, which loads each module once: that saves a minute.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'] } },
    ],
  },
})
