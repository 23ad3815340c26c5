// Installs packed packages into an empty folder, as a user does, and uses them: an epoch of training, a prediction, the command line.
// publint and arethetypeswrong look at what is in them.
//
//   node scripts/release/try.mjs FOLDER        the folder of packed.json
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program, startRegistry, WORKS } from './trial.mjs'

const packedFolder = process.argv[2]
const packed = JSON.parse(readFileSync(join(packedFolder, 'packed.json'), 'utf8'))
const [{ file: library, manifest }] = packed

const registry = await startRegistry(packedFolder)
const folder = mkdtempSync(join(tmpdir(), 'heddle-try-'))
// Packages of this version may be in npm's cache from an earlier try.
const env = {
  ...process.env,
  npm_config_registry: registry.url,
  npm_config_cache: join(folder, 'cache'),
  HEDDLE_STORE: join(folder, 'runs'),
}
const run = (command, args) => {
  console.error(`try: ${command} ${args.join(' ').slice(0, 100)}`)
  return execFileSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** MB of everything that is installed. */
function installedMb() {
  const entries = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1e6
}

const LIBRARY_MB = 8

try {
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }')
  writeFileSync(join(folder, 'program.mjs'), program)
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict', 'heddle'])
  const size = installedMb()
  console.error(
    `try: the library with its engine has ${size.toFixed(2)} MB: ${readdirSync(join(folder, 'node_modules')).join(', ')}`,
  )
  if (size > LIBRARY_MB) throw new Error(`the library with its engine has more than ${LIBRARY_MB} MB`)
  const answer = run(process.execPath, ['program.mjs']).trim()
  if (answer !== WORKS) throw new Error(`the program answered "${answer}", not "${WORKS}"`)
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict', '@heddle/cli'])
  console.error(`try: with the command line ${installedMb().toFixed(0)} MB`)
  if (!run('npx', ['heddle', '--version']).includes(manifest.version))
    throw new Error('npx heddle --version failed')
  for (const { file } of packed.filter(({ manifest: { name } }) => !name.includes('/engine-'))) {
    run('npx', ['--yes', 'publint@0.3.25', 'run', file, '--strict'])
  }
  // An engine is a file and no module: bundlers for workers compile it.
  const types = [
    '--profile',
    'esm-only',
    '--exclude-entrypoints',
    'heddle.wasm',
    'threads.wasm',
    '--format',
    'ascii',
  ]
  run('npx', ['--yes', '@arethetypeswrong/cli@0.18.5', library, ...types])
} finally {
  registry.stop()
  rmSync(folder, { recursive: true, force: true })
}
