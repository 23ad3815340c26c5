// Compiles native/ into build/heddle.wasm, and into build/predict.wasm, which only predicts and is half as large, for exported
// web pages. Clang comes from npm (@yowasp/clang, itself WebAssembly): no compiler on the machine is needed, and the result is the
// same on all. Takes a minute; does nothing when it is up to date.
//
//   node scripts/build-wasm.mjs [heddle.wasm] [predict.wasm] [--force]        without a name: both
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const units = [
  'program.cc',
  'threads.cc',
  'loss.cc',
  'augment.cc',
  'executor.cc',
  'executor_single.cc',
  'executor_update.cc',
  'wasm.cc',
  'kernels/isa.cc',
]
const sharedFlags = [
  '--target=wasm32-wasip1',
  '-mexec-model=reactor',
  '-std=c++17',
  '-msimd128',
  '-DHEDDLE_ISA=simd128',
  '-DHEDDLE_WIDTH=4',
  '-fno-math-errno',
  '-ffp-contract=fast',
  '-Wall',
  '-Wextra',
  '-I.',
  '-Wl,--strip-all',
  '-Wl,--export=__stack_pointer',
  '-Wl,-z,stack-size=1048576',
]
const modules = {
  'heddle.wasm': ['-O3'],
  'predict.wasm': ['-Os', '-flto', '-DHEDDLE_PREDICTS'],
}

/** The sources of a folder by name. The compiler's file system takes `..` for `.`, so -I. finds what `..` would. */
function sources(folder) {
  const files = readdirSync(join(root, folder)).filter(
    file => /\.(cc|h)$/.test(file) && file !== 'binding.cc',
  )
  const read = file =>
    readFileSync(join(root, folder, file), 'utf8').replaceAll('#include "../', '#include "')
  return Object.fromEntries(files.sort().map(file => [file, read(file)]))
}

const files = { ...sources('native'), kernels: sources('native/kernels') }
const compiler = JSON.parse(
  readFileSync(join(root, 'node_modules/@yowasp/clang/package.json'), 'utf8'),
).version
const named = process.argv.slice(2).filter(name => name in modules)
for (const [name, ownFlags] of Object.entries(modules)) {
  if (named.length > 0 && !named.includes(name)) continue
  const flags = [...sharedFlags, ...ownFlags]
  const module = join(root, 'build', name)
  const stampFile = `${module}.stamp`
  const stamp = createHash('sha256')
    .update(JSON.stringify([compiler, units, flags, files]))
    .digest('hex')
  const fresh = existsSync(module) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (fresh && !process.argv.includes('--force')) continue
  rmSync(module, { force: true })
  console.error(`heddle: building the WebAssembly engine ${name} with Clang ${compiler} …`)
  const { runClang, runLLVM } = await import('@yowasp/clang')
  // Its files are loaded first and without progress, which would go to stdout.
  await runLLVM(undefined, undefined, { fetchProgress: () => undefined })
  const built = await runClang(['clang++', ...flags, ...units, '-o', name], files)
  mkdirSync(dirname(module), { recursive: true })
  writeFileSync(`${module}.new`, built[name])
  renameSync(`${module}.new`, module)
  writeFileSync(stampFile, stamp)
}
