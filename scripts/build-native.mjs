// Compiles native/ into build/native/heddle.node with the system's C++ compiler and two npm packages: no node-gyp,
// no downloads. Does nothing when the result is up to date. Without a compiler it says so, leaves a note for
// `heddle` to repeat, and succeeds: the WebAssembly engine (build-wasm.mjs) then takes over.
//
//   node scripts/build-native.mjs [--force] [--sanitize]
//
// --sanitize builds build/native-sanitized/ with AddressSanitizer and UndefinedBehaviorSanitizer instead.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildAddon, commonFlags, stampOf, unitsFor } from './native-units.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sanitize = process.argv.includes('--sanitize')
const outDir = join(root, 'build', sanitize ? 'native-sanitized' : 'native')
const addon = join(outDir, 'heddle.node')
const stampFile = join(outDir, 'stamp')
const noteFile = join(outDir, 'unavailable.txt')

const units = unitsFor(process.arch)
const flags = [
  ...commonFlags,
  ...(sanitize ? ['-O1', '-g1', '-fsanitize=address,undefined', '-fno-omit-frame-pointer'] : ['-O3']),
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
  const stamp = stampOf({ version: compiler.version, flags, units, cpu: process.arch })
  const fresh = existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
  if (!fresh || process.argv.includes('--force')) {
    console.error(`heddle: building the native engine with ${compiler.version.split('\n')[0]} …`)
    try {
      const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
      // Names of functions are a twentieth of the file; the sanitizers print them.
      const linkFlags = [...shared, '-pthread', ...(sanitize || process.platform !== 'linux' ? [] : ['-s'])]
      await buildAddon(addon, { compiler: [compiler.command], units, flags, linkFlags })
      writeFileSync(stampFile, stamp)
      rmSync(noteFile, { force: true })
    } catch (error) {
      console.error(error.stderr ?? error)
      giveUp(`${compiler.command} failed`)
    }
  }
}
