import { configDefaults, defineConfig } from 'vitest/config'
import { nativeUnavailable } from './src/engine/backends/native/addon.ts'

// Without a compiler there is no native engine, and the plain loops would take hours for what trains in earnest.
const trainInEarnest = [
  'src/engine/backends/native/**',
  'src/reproduce/**',
  'src/train/**',
  'test/e2e/{cli,memory,reproduce,reproducible}.test.ts',
  'test/examples.test.ts',
]
const missing = nativeUnavailable()
if (missing) process.stderr.write(`Left out, because ${missing}: ${trainInEarnest.join(', ')}\n`)

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(missing ? trainInEarnest : [])],
    testTimeout: 20_000,
    // The memory test asks for a collection before it reads.
    execArgv: ['--expose-gc'],
  },
})
