// Compiles native/ into build/native/heddle.node with the system's C++ compiler and two npm packages: no node-gyp,
// no downloads. Does nothing when the result is up to date. Without a compiler it says so, leaves a note for
// `heddle` to repeat, and succeeds: the WebAssembly engine (build-wasm.mjs) then takes over.
//
//   node scripts/build-native.mjs [--force] [--sanitize]
//
// --sanitize builds build/native-sanitized/ with AddressSanitizer and UndefinedBehaviorSanitizer instead.
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sanitize = process.argv.includes('--sanitize')
const outDir = join(root, 'build', sanitize ? 'native-sanitized' : 'native')
const addon = join(outDir, 'heddle.node')
const stampFile = join(outDir, 'stamp')
const noteFile = join(outDir, 'unavailable.txt')

// Each instruction set is one more compilation of kernels/isa.cc; the executor picks one at run time.
const x86 = [
  { isa: 'baseline', width: 4, flags: [] },
  { isa: 'avx2', width: 8, flags: ['-mavx2', '-mfma'] },
  {
    isa: 'avx512',
    width: 16,
    flags: ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'],
  },
]
const isas = process.arch === 'x64' ? x86 : x86.slice(0, 1)

const require = createRequire(import.meta.url)
const common = [
  '-std=c++17',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-math-errno',
  '-ffp-contract=fast',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
  ...(sanitize ? ['-O1', '-g', '-fsanitize=address,undefined', '-fno-omit-frame-pointer'] : ['-O3']),
]
const headers = dirname(require.resolve('node-addon-api'))
const nodeApi = [
  '-DNAPI_VERSION=9',
  '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
  // A worker thread that is terminated takes no exceptions any more: without this, one would end the process.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  `-I${headers}`,
  `-I${require('node-api-headers').include_dir}`,
]
const units = [
  ...['program', 'threads', 'loss', 'augment', 'executor', 'executor_update'].map(name => ({
    name,
    source: `${name}.cc`,
    flags: [],
  })),
  { name: 'lab', source: 'lab/lab.cc', flags: [] },
  { name: 'binding', source: 'binding.cc', flags: nodeApi },
  ...isas.flatMap(({ isa, width, flags }) =>
    [
      { name: `kernels-${isa}`, source: 'kernels/isa.cc' },
      { name: `peak-${isa}`, source: 'lab/peak.cc' },
    ].map(unit => ({ ...unit, flags: [`-DHEDDLE_ISA=${isa}`, `-DHEDDLE_WIDTH=${width}`, ...flags] })),
  ),
]

function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  for (const command of candidates) {
    try {
      return { command, version: execFileSync(command, ['--version'], { encoding: 'utf8', stdio: 'pipe' }) }
    } catch {
      // Try the next one.
    }
  }
  return { missing: `no C++ compiler was found (tried ${candidates.join(', ')})` }
}

/** Everything the result depends on; where the packages with the headers lie makes no difference. */
function stampOf(compiler) {
  const flags = JSON.stringify([common, units]).replaceAll(dirname(dirname(headers)), '')
  const hash = createHash('sha256').update(JSON.stringify([compiler.version, flags, process.arch]))
  for (const folder of ['native', 'native/kernels', 'native/lab']) {
    for (const file of readdirSync(join(root, folder)).sort()) {
      if (/\.(cc|h)$/.test(file) && file !== 'wasm.cc')
        hash.update(file).update(readFileSync(join(root, folder, file)))
    }
  }
  return hash.digest('hex')
}

async function compile(compiler) {
  const run = promisify(execFile)
  const objects = mkdtempSync(join(outDir, 'objects-'))
  try {
    const waiting = [...units]
    const worker = async () => {
      for (let unit = waiting.pop(); unit; unit = waiting.pop()) {
        const object = join(objects, `${unit.name}.o`)
        await run(compiler.command, [
          ...common,
          ...unit.flags,
          '-c',
          join(root, 'native', unit.source),
          '-o',
          object,
        ])
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
    const library = join(objects, 'heddle.node')
    const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
    const linked = units.map(({ name }) => join(objects, `${name}.o`))
    await run(compiler.command, [...shared, ...common, ...linked, '-pthread', '-o', library])
    renameSync(library, addon)
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}

function giveUp(reason) {
  rmSync(addon, { force: true })
  rmSync(stampFile, { force: true })
  writeFileSync(noteFile, `${reason}\n`)
  console.error(`heddle: the native engine was not built: ${reason}.`)
  console.error('heddle: the WebAssembly engine will be used: one thread, about four times slower on it.')
  console.error(
    'heddle: install a C++17 compiler (Debian: apt-get install g++; macOS: xcode-select --install), then run "npx heddle build-engine".',
  )
}

mkdirSync(outDir, { recursive: true })
const compiler = process.platform === 'win32' ? { missing: 'Windows is not supported yet' } : findCompiler()
if (compiler.missing) {
  giveUp(compiler.missing)
} else {
  const stamp = stampOf(compiler)
  const fresh = existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (!fresh || process.argv.includes('--force')) {
    console.error(`heddle: building the native engine with ${compiler.version.split('\n')[0]} …`)
    try {
      await compile(compiler)
      writeFileSync(stampFile, stamp)
      rmSync(noteFile, { force: true })
    } catch (error) {
      console.error(error.stderr ?? error)
      giveUp(`${compiler.command} failed`)
    }
  }
}
