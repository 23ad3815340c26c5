// Compiles the native engine for every machine of targets.mjs, on this one, with zig's Clang (PyPI's ziglang): its libc++ is part of the
// engine, and glibc is that of 2018.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildAddon, commonFlags, stampOf, unitsFor } from '../native-units.mjs'
import { GLIBC } from './targets.mjs'
import { windowsHost } from './windows-host.mjs'

const ZIGLANG = '0.17.0'
const flags = [...commonFlags, '-O3']

/** zig, from HEDDLE_ZIG or from a Python environment in `folder`, which is made the first time. */
export function findZig(folder) {
  if (process.env.HEDDLE_ZIG) return process.env.HEDDLE_ZIG
  const environment = join(folder, 'zig')
  const python = join(environment, 'bin/python')
  if (!existsSync(python)) {
    console.error(`release: installing PyPI's ziglang ${ZIGLANG} into ${environment} …`)
    execFileSync('python3', ['-m', 'venv', environment], { stdio: ['ignore', 2, 2] })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `ziglang==${ZIGLANG}`], {
      stdio: ['ignore', 2, 2],
    })
  }
  const where = 'import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
  return execFileSync(python, ['-c', where], { encoding: 'utf8' }).trim()
}

/** The engine of a target in `folder`; compiled when its sources have changed. Returns its path. */
export async function buildEngine(target, { folder, zig }) {
  const own = join(folder, target.name)
  const isKernel = ({ name }) => target.kernels !== undefined && name.startsWith('kernels-')
  const units = unitsFor(target.cpu)
  const host = target.os === 'win32' ? windowsHost() : ''
  const versions = [versionOf(zig, 'version'), target.kernels ? versionOf(target.kernels, '--version') : '']
  const stamp = stampOf({
    version: [...versions, target.triple].join(' '),
    flags: [...flags, ...target.link, host],
    units,
    cpu: target.cpu,
  })
  return whenChanged(join(own, 'heddle.node'), stamp, async addon => {
    console.error(`release: compiling the engine for ${target.name} …`)
    const inputs = target.kernels ? [await kernelsOf(target, units.filter(isKernel), folder)] : []
    if (host) {
      inputs.push(join(own, 'host.cc'))
      writeFileSync(inputs[0], host)
    }
    const compiler = [zig, 'c++', '-target', target.triple]
    const rest = units.filter(unit => !isKernel(unit))
    await buildAddon(addon, { compiler, units: rest, flags, linkFlags: target.link, inputs })
  })
}

/** The kernels of GCC, compiled once for both C libraries of a processor. Returns the path of the object. */
function kernelsOf({ cpu, kernels }, units, folder) {
  const stamp = stampOf({ version: versionOf(kernels, '--version'), flags, units, cpu })
  return whenChanged(join(folder, `kernels-${cpu}.o`), stamp, file =>
    buildAddon(file, { compiler: [kernels], units, flags, linkFlags: ['-r', '-nostdlib'] }),
  )
}

/** Makes `file` with `make` unless it has been made with the same stamp. Returns its path. */
async function whenChanged(file, stamp, make) {
  const stampFile = `${file}.stamp`
  if (existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return file
  mkdirSync(dirname(file), { recursive: true })
  await make(file)
  writeFileSync(stampFile, stamp)
  return file
}

const versionOf = (command, option) => execFileSync(command, [option], { encoding: 'utf8' })

/** What is wrong with an engine's file: a newer glibc than the oldest supported one, or another library than those of the system. */
export function problemsOf(addon, target) {
  const problems = []
  if (target.os === 'linux') {
    const symbols = execFileSync('readelf', ['-W', '--dyn-syms', addon], { encoding: 'utf8' })
    const wanted = [...symbols.matchAll(/GLIBC_(\d+\.\d+)/g)].map(([, version]) => version)
    const newest = wanted.sort(byVersion).at(-1)
    if (newest && byVersion(newest, GLIBC) > 0) problems.push(`it needs glibc ${newest}, not ${GLIBC}`)
    if (/GLIBCXX/.test(symbols)) problems.push('it needs the libstdc++ of the system')
    if (target.libc === 'musl' && newest) problems.push('it needs glibc')
    const needed = execFileSync('readelf', ['-d', addon], { encoding: 'utf8' }).matchAll(/NEEDED.*\[(.+)\]/g)
    const known = target.libc === 'musl' ? /^libc\.so$/ : /^(lib(c|m|pthread|dl|rt)|ld-linux-.*)\.so\.\d+$/
    for (const [, library] of needed) if (!known.test(library)) problems.push(`it needs ${library}`)
  }
  if (statSync(addon).size > 5e6) problems.push('it is larger than 5 MB')
  return problems
}

function byVersion(a, b) {
  const [[majorA, minorA], [majorB, minorB]] = [a, b].map(version => version.split('.').map(Number))
  return majorA - majorB || minorA - minorB
}
