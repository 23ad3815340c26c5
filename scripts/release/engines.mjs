// Compiles the native engine for every machine of targets.mjs, on this one, with zig's Clang (PyPI's ziglang): its libc++ is part of the
// engine, and glibc is that of 2018.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildAddon, commonFlags, stampOf, unitsFor } from '../native-units.mjs'
import { windowsHost } from './windows-host.mjs'

const ZIGLANG = '0.17.0'
const LIEF = '1.0.0'
const flags = [...commonFlags, '-O3']

/** Python with zig and lief, in an environment in `folder` that is made the first time. Returns the paths of both programs. */
export function toolsIn(folder) {
  const environment = join(folder, 'tools')
  const python = join(environment, 'bin/python')
  const packages = [`ziglang==${ZIGLANG}`, `lief==${LIEF}`]
  const [ready, all] = [join(environment, 'ready'), packages.join(' and ')]
  if (!existsSync(ready) || readFileSync(ready, 'utf8') !== all) {
    console.error(`release: installing ${all} of PyPI into ${environment} …`)
    execFileSync('python3', ['-m', 'venv', environment], { stdio: ['ignore', 2, 2] })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: ['ignore', 2, 2] })
    writeFileSync(ready, all)
  }
  const where = 'import ziglang, os; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'
  return { python, zig: execFileSync(python, ['-c', where], { encoding: 'utf8' }).trim() }
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
  return whenChanged(join(own, 'heddle.node'), stamp, async (addon, keep) => {
    console.error(`release: compiling the engine for ${target.name} …`)
    const inputs = target.kernels ? [await kernelsOf(target, units.filter(isKernel), folder)] : []
    if (host) {
      inputs.push(join(own, 'host.cc'))
      writeFileSync(inputs[0], host)
    }
    const compiler = [zig, 'c++', '-target', target.triple]
    const rest = units.filter(unit => !isKernel(unit))
    await buildAddon(addon, { compiler, units: rest, flags, linkFlags: target.link, inputs, keep })
  })
}

/** The kernels of GCC, compiled once for both C libraries of a processor. Returns the path of the object. */
function kernelsOf({ cpu, kernels }, units, folder) {
  const stamp = stampOf({ version: versionOf(kernels, '--version'), flags, units, cpu })
  return whenChanged(join(folder, `kernels-${cpu}.o`), stamp, (file, keep) =>
    buildAddon(file, { compiler: [kernels], units, flags, linkFlags: ['-r', '-nostdlib'], keep }),
  )
}

/**
 * Makes `file` with `make` unless it has been made with the same stamp. Returns its path. `make` gets a folder for what it has made so far:
 * where it was stopped, it finds that again, as long as the stamp is the same.
 */
export async function whenChanged(file, stamp, make) {
  const stampFile = `${file}.stamp`
  if (existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return file
  mkdirSync(dirname(file), { recursive: true })
  const begun = `${file}.begun`
  if (!existsSync(join(begun, stamp))) rmSync(begun, { recursive: true, force: true })
  await make(file, join(begun, stamp))
  rmSync(begun, { recursive: true, force: true })
  writeFileSync(stampFile, stamp)
  return file
}

const versionOf = (command, option) => execFileSync(command, [option], { encoding: 'utf8' })
