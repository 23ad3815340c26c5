// The long form of the fuzz tests: 3,000 inputs for each parser (or as many as are asked for).
//
//   node scripts/fuzz.mjs [inputs]
import { spawnSync } from 'node:child_process'

const inputs = process.argv[2] ?? '3000'
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '.fuzz.test.ts', '--testTimeout', '3600000'],
  { stdio: 'inherit', env: { ...process.env, FUZZ: inputs } },
)
process.exitCode = status ?? 1
