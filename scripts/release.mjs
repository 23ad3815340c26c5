// Makes the packages of a release, tries them as a user would, and publishes them.
//
//   npm run release -- --dry-run          everything but the last step: prints what would be published
//   npm run release -- --here             packs `heddle`, `@heddle/cli` and the engine that this checkout has built: no other compiler
//
//   --out FOLDER      where they go (build/release)
//   --no-try          only packs
//
// It takes an hour and more. A release that was stopped goes on: the folder keeps what was compiled, installed and passed.
//
// Needs python3 for PyPI's zig and lief, g++ and aarch64-linux-gnu-g++, and npm's registry. An engine is published where it can be run: for
// other machines that takes qemu-user-static and wine (release/hosts.mjs). For macOS, run release/contract.mjs there with the engine of
// build/release/engines, and put its note beside the engine here (.github/workflows/release.yml does so).
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { release, type } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildEngine, toolsIn } from './release/engines.mjs'
import { hostOf } from './release/hosts.mjs'
import { problemsOf } from './release/inspect.mjs'
import { layOut, ownTarget, pack, tooLarge } from './release/packages.mjs'
import { passedAt } from './release/passed.mjs'
import { targets } from './release/targets.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values: asked } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    here: { type: 'boolean', default: false },
    'no-try': { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'build/release') },
  },
})
const out = resolve(asked.out)
const thisMachine = `${type()} ${release()}, Node ${process.version}`

function fail(problems) {
  for (const problem of problems) console.error(`release: ${problem}.`)
  if (problems.length > 0) process.exit(1)
}

execFileSync(process.execPath, [join(root, 'scripts/setup.mjs'), '--wasm'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
fail(changes.includes(`\n## ${version}`) ? [] : [`CHANGELOG.md has no section "## ${version}"`])

const engines = asked.here ? ownEngine() : await allEngines()
const places = layOut(join(out, 'packages'), engines)
const folder = join(out, 'packed')
rmSync(folder, { recursive: true, force: true })
const packed = pack(places, folder)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'packed.json'), JSON.stringify(packed, null, 2))
fail([...tooLarge(packed), ...packed.flatMap(broken)])

if (!asked['no-try']) {
  const tried = spawnSync(process.execPath, [join(root, 'scripts/release/try.mjs'), folder], {
    stdio: ['ignore', 2, 2],
  })
  if (tried.status !== 0) fail(['the packages do not work as they are; the lines above say why'])
}

for (const { file, manifest, sizeBytes, unpackedBytes } of packed) {
  const [size, unpacked] = [sizeBytes, unpackedBytes].map(bytes => `${(bytes / 1e6).toFixed(2)} MB`)
  const isEngine = manifest.name.includes('/engine-')
  const goes = !isEngine || packed[0].manifest.optionalDependencies[manifest.name] !== undefined
  console.log(
    `${goes ? 'publish' : 'keep   '}  ${`${manifest.name}@${manifest.version}`.padEnd(34)} ${size} packed, ${unpacked} unpacked` +
      (goes ? '' : ' (never run: not published)'),
  )
  if (asked['dry-run'] || asked.here || !goes) continue
  // With trusted publishing, npm adds the provenance itself.
  execFileSync('npm', ['publish', file], { stdio: 'inherit' })
}
if (asked['dry-run'] && !packed[0].manifest.repository) {
  console.log(
    'package.json names no repository: npm publishes with provenance only from the repository that it names.',
  )
}

/** What this checkout has built stands in for the engine of a release. */
function ownEngine() {
  const addon = join(root, 'build/native/heddle.node')
  const target = ownTarget()
  return target && existsSync(addon) ? [{ target: { ...target, ran: 'this machine' }, addon }] : []
}

async function allEngines() {
  const { python, zig } = toolsIn(out)
  const built = []
  for (const target of targets) {
    const addon = await buildEngine(target, { folder: join(out, 'engines'), zig })
    fail(problemsOf(addon, target, python).map(problem => `the engine for ${target.name}: ${problem}`))
    built.push({ target: { ...target, ran: ran(target, addon) }, addon })
  }
  return built
}

/** The place where the engine passed the contract suite: here, now or when this script was stopped, or on another machine that left a note. */
function ran(target, addon) {
  const before = passedAt(addon, { sameSuite: true })
  if (before) return before
  try {
    runContract(target, addon, hostOf(target, join(out, 'hosts')))
  } catch (error) {
    console.error(`release: the engine for ${target.name} is not run: ${error.message}.`)
  }
  return passedAt(addon)
}

function runContract(target, addon, { command, env, says }) {
  console.error(`release: running the engine for ${target.name} (${says}) …`)
  const where = target.name === ownTarget()?.name ? thisMachine : `${says}, on ${thisMachine}`
  const [program, ...start] = command
  const suite = join(root, 'scripts/release/contract.mjs')
  const { status } = spawnSync(program, [...start, suite, addon, where], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) fail([`the engine for ${target.name} does not pass the contract suite`])
}

/** Files that a manifest promises and its package does not have. */
function broken({ file, manifest }) {
  const files = new Set(execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n'))
  const targetsOf = value => (typeof value === 'string' ? [value] : Object.values(value).flatMap(targetsOf))
  const promised = [manifest.main, manifest.exports, manifest.bin, 'LICENSE', 'README.md'].flatMap(value =>
    value ? targetsOf(value) : [],
  )
  return promised
    .map(path => path.replace(/^\.\//, ''))
    .filter(path => !files.has(`package/${path}`))
    .map(path => `${manifest.name} would lack ${path}`)
}
