// What the native engine is compiled from, and how: for the machine at hand (build-native.mjs) and for those of the release
// (release/engines.mjs).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

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

export const commonFlags = [
  '-std=c++17',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-math-errno',
  '-ffp-contract=fast',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
]

/** The folders of the two npm packages with the headers of Node-API. */
const headerFolders = [dirname(require.resolve('node-addon-api')), require('node-api-headers').include_dir]

const nodeApi = [
  '-DNAPI_VERSION=9',
  '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
  // A worker thread that is terminated takes no exceptions any more: without this, one would end the process.
  '-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
  ...headerFolders.map(folder => `-I${folder}`),
]

/** The compilations of an engine for a processor, with their own flags. */
export function unitsFor(cpu) {
  const isas = cpu === 'x64' ? x86 : x86.slice(0, 1)
  return [
    ...[
      'program',
      'threads',
      'loss',
      'augment',
      'executor',
      'executor_forward',
      'executor_step',
      'executor_update',
    ].map(name => ({
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
}

/** Everything an engine depends on; where the packages with the headers lie makes no difference. */
export function stampOf({ version, flags, units, cpu }) {
  const own = JSON.stringify([flags, units]).replaceAll(dirname(dirname(headerFolders[0])), '')
  const hash = createHash('sha256').update(JSON.stringify([version, own, cpu]))
  for (const folder of ['native', 'native/kernels', 'native/lab']) {
    for (const file of readdirSync(join(root, folder)).sort()) {
      if (/\.(cc|h)$/.test(file) && file !== 'wasm.cc')
        hash.update(file).update(readFileSync(join(root, folder, file)))
    }
  }
  return hash.digest('hex')
}

/**
 * Compiles `units` on all cores with `compiler` (a command and its first arguments), or their own one, and links them to `addon`. With
 * `keep`, a folder for these sources and flags alone, a build that was stopped goes on where it was.
 */
export async function buildAddon(addon, { compiler, units, flags, linkFlags, inputs = [], keep }) {
  const run = promisify(execFile)
  const [command, ...first] = compiler
  const objects = keep ?? mkdtempSync(join(dirname(addon), 'objects-'))
  mkdirSync(objects, { recursive: true })
  const objectOf = ({ name }) => join(objects, `${name}.o`)
  try {
    // The kernels are last in the list and take longest: they start first.
    const waiting = units.filter(unit => !existsSync(objectOf(unit)))
    const worker = async () => {
      for (let unit = waiting.pop(); unit; unit = waiting.pop()) {
        const source = join(root, 'native', unit.source)
        const [own, ...start] = unit.compiler ?? compiler
        const begun = `${objectOf(unit)}.part`
        await run(own, [...start, ...flags, ...unit.flags, '-c', source, '-o', begun])
        renameSync(begun, objectOf(unit))
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
    const library = join(objects, 'heddle.node')
    const linked = [...units.map(objectOf), ...inputs]
    await run(command, [...first, ...linkFlags, ...flags, ...linked, '-o', library])
    renameSync(library, addon)
    rmSync(objects, { recursive: true, force: true })
  } finally {
    if (!keep) rmSync(objects, { recursive: true, force: true })
  }
}
