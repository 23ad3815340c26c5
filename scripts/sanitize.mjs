// Runs the tests of the native engine with AddressSanitizer and UndefinedBehaviorSanitizer watching every access:
// the contract suite, the golden files and the programs with changed words.
//
//   node scripts/sanitize.mjs
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const compiler = process.env.CXX ?? 'c++'

function runtimeLibrary() {
  try {
    const path = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
    return existsSync(path) ? path : null
  } catch {
    return null
  }
}

const library = process.platform === 'linux' ? runtimeLibrary() : null
if (!library) {
  console.error(`heddle: sanitizers skipped: ${compiler} has no AddressSanitizer library on this machine.`)
  process.exit(0)
}
execFileSync(process.execPath, [join(root, 'scripts/build-native.mjs'), '--sanitize'], { stdio: 'inherit' })
const tests = ['src/engine/backends', 'src/engine/penalties.test.ts', 'test/parity/golden.test.ts']
// The other engines run the same tests in the whole suite: no sanitizer sees them.
const native = '^(?!.*(wasm|reference, float32))'
const options = ['--project=unit', '--maxWorkers=2', `--testNamePattern=${native}`]
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...tests],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Node was built without the sanitizer, so its library must be loaded first. Node itself leaks at exit.
      LD_PRELOAD: library,
      ASAN_OPTIONS: 'detect_leaks=0',
      UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
      HEDDLE_NATIVE: join(root, 'build/native-sanitized/heddle.node'),
    },
  },
)
process.exit(status ?? 1)
