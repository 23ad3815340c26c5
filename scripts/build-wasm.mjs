// Compiles native/ into build/heddle.wasm, into build/threads.wasm, which is the same with memory that threads share, and into
// build/predict.wasm, which only predicts and is half as large, for exported web pages. Clang comes from npm (@yowasp/clang, itself
// WebAssembly): no compiler on the machine is needed, and the result is the same on all. Takes a minute; does nothing when it is up to date.
//
//   node scripts/build-wasm.mjs [heddle.wasm] [threads.wasm] [predict.wasm] [--force]        without a name: all
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
  'executor_forward.cc',
  'executor_step.cc',
  'executor_update.cc',
  'wasm.cc',
  'kernels/isa.cc',
]
const target = ['--target=wasm32-wasip1']
const compiling = [
  '-std=c++17',
  '-msimd128',
  '-DHEDDLE_ISA=simd128',
  '-DHEDDLE_WIDTH=4',
  '-fno-math-errno',
  '-ffp-contract=fast',
  '-Wall',
  '-Wextra',
  '-I.',
]
const linking = [
  '-mexec-model=reactor',
  '-Wl,--strip-all',
  '-Wl,--export=__stack_pointer',
  '-Wl,-z,stack-size=1048576',
]
/** 4 MB at first, as src/engine/backends/wasm/program.ts makes it; the C library was compiled without atomics. */
const shared = [
  '-Wl,--import-memory,--export-memory,--shared-memory,--no-check-features',
  '-Wl,--initial-memory=4194304,--max-memory=4294967296',
]
const training = ['-O3', '-matomics']
const modules = {
  'heddle.wasm': { compile: training, link: [] },
  'threads.wasm': { compile: training, link: shared },
  'predict.wasm': { compile: ['-Os', '-flto', '-DHEDDLE_PREDICTS'], link: ['-Os', '-flto'] },
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
/** Modules that are compiled alike are compiled once. */
const objects = new Map()
for (const [name, { compile, link }] of Object.entries(modules)) {
  if (named.length > 0 && !named.includes(name)) continue
  const module = join(root, 'build', name)
  const stampFile = `${module}.stamp`
  const stamp = createHash('sha256')
    .update(JSON.stringify([compiler, units, target, compiling, linking, compile, link, files]))
    .digest('hex')
  const fresh = existsSync(module) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (fresh && !process.argv.includes('--force')) continue
  rmSync(module, { force: true })
  console.error(`heddle: building the WebAssembly engine ${name} with Clang ${compiler} …`)
  const { runClang, runLLVM } = await import('@yowasp/clang')
  // Its files are loaded first and without progress, which would go to stdout.
  await runLLVM(undefined, undefined, { fetchProgress: () => undefined })
  const key = compile.join(' ')
  if (!objects.has(key)) {
    const made = await runClang(['clang++', ...target, ...compiling, ...compile, '-c', ...units], files)
    objects.set(key, Object.fromEntries(Object.entries(made).filter(([file]) => file.endsWith('.o'))))
  }
  const parts = objects.get(key)
  const built = await runClang(
    ['clang++', ...target, ...linking, ...link, ...Object.keys(parts), '-o', name],
    parts,
  )
  mkdirSync(dirname(module), { recursive: true })
  writeFileSync(`${module}.new`, built[name])
  renameSync(`${module}.new`, module)
  writeFileSync(stampFile, stamp)
}
