// The test command: format and lint, types, dead and duplicated code, tests, and the native engine's tests under sanitizers.
// Runs every step even when one fails, then says which ones did.
//
//   node scripts/check.mjs
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = name => join(root, 'node_modules', name)
const report = join(root, 'build/test-results.json')

const steps = [
  ['format and lint', bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings'],
  ['types', bin('typescript/bin/tsc'), '-p', 'tsconfig.json'],
  ['types of the studio', bin('typescript/bin/tsc'), '-p', 'studio/tsconfig.json'],
  ['dead code', bin('knip/bin/knip.js')],
  ['duplicated code', join(root, 'scripts/duplicates.mjs')],
  [
    'tests',
    bin('vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ],
  ['native tests under sanitizers', join(root, 'scripts/sanitize.mjs')],
  ['Node 22 and 24', join(root, 'scripts/nodes.mjs')],
]

// Compiled beside the other steps, out of what they leave of the processors: the step with sanitizers finds it done.
const compiling = spawn(process.execPath, [join(root, 'scripts/build-native.mjs'), '--sanitize'], {
  cwd: root,
  stdio: 'ignore',
})
if (compiling.pid) setPriority(compiling.pid, 10)

rmSync(report, { force: true })
const failed = []
for (const [name, script, ...args] of steps) {
  const started = performance.now()
  console.log(`\n— ${name}`)
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
  console.log(
    `— ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  if (status !== 0) failed.push(name)
}

let tests = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
try {
  tests = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  failed.push('no test report')
}
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}.`)
console.log(
  `\n${tests.numPassedTests} passed, ${tests.numFailedTests} failed, ${tests.numPendingTests} skipped`,
)
process.exit(failed.length > 0 ? 1 : 0)
