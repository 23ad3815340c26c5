// Installs packed packages with each package manager and runtime, trains with them, calls the command line, and prints a table.
//
//   node scripts/release/managers.mjs FOLDER [NAME] [TIMES]        the folder of packed.json, part of a row's name, how often
//
// Below the table is the whole output of each step that failed, and the folder of that try stays.
//
// For Linux on x64. The managers come from the npm registry, which runs no scripts of theirs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { program, startRegistry, WORKS } from './trial.mjs'

const [packedFolder, only = '', times = '1'] = process.argv.slice(2)
const packed = JSON.parse(readFileSync(join(packedFolder, 'packed.json'), 'utf8'))
const { version } = packed[0].manifest
const work = mkdtempSync(join(tmpdir(), 'heddle-managers-'))
// Beside the packed files, for the next time.
const toolsFolder = join(dirname(resolve(packedFolder)), 'managers')
const tools = join(toolsFolder, 'node_modules')
const registry = await startRegistry(packedFolder)

const pnpm = ['node', join(tools, 'pnpm/bin/pnpm.cjs')]
const yarn = ['node', join(tools, '@yarnpkg/cli-dist/bin/yarn.js')]
const bun = [join(tools, '@oven/bun-linux-x64/bin/bun')]
const deno = [join(tools, '@deno/linux-x64-glibc/deno')]
const esbuild = [join(tools, 'esbuild/bin/esbuild')]
const TOOLS = [
  '@oven/bun-linux-x64@1.4.4',
  '@deno/linux-x64-glibc@2.9.6',
  'pnpm@10.34.9',
  '@yarnpkg/cli-dist@4.18.1',
  'esbuild@0.28.2',
]
const PACKAGES = ['heddle', '@heddle/cli']
// A package has to be a day old for Yarn: these are minutes old.
const yarnSettings = linker =>
  `nodeLinker: ${linker}\nnpmRegistryServer: ${registry.url}\nunsafeHttpWhitelist: ['127.0.0.1']\nenableTelemetry: false\nenableGlobalCache: false\nenableScripts: false\nnpmMinimalAgeGate: 0\n`
const bundle = ['program.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=out/bundle.mjs']

const rows = [
  {
    name: 'npm',
    version: ['npm', '--version'],
    install: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES],
    program: ['node', 'program.mjs'],
    commands: ['npx', 'heddle'],
  },
  {
    name: 'pnpm',
    version: [...pnpm, '--version'],
    install: [...pnpm, 'add', '--ignore-scripts', '--store-dir', 'store', ...PACKAGES],
    program: ['node', 'program.mjs'],
    commands: [...pnpm, 'exec', 'heddle'],
  },
  ...['node-modules', 'pnp'].map(linker => ({
    name: `Yarn (${linker})`,
    files: { '.yarnrc.yml': yarnSettings(linker), 'yarn.lock': '' },
    version: [...yarn, '--version'],
    install: [...yarn, 'add', ...PACKAGES],
    program: [...yarn, 'node', 'program.mjs'],
    commands: [...yarn, 'heddle'],
  })),
  {
    name: 'Bun',
    version: [...bun, '--version'],
    install: [...bun, 'add', '--ignore-scripts', ...PACKAGES],
    program: [...bun, 'program.mjs'],
    commands: [...bun, '--bun', 'node_modules/.bin/heddle'],
  },
  {
    name: 'Deno',
    files: { 'deno.json': '{ "nodeModulesDir": "auto" }' },
    version: [...deno, '--version'],
    install: [...deno, 'install', ...PACKAGES.map(name => `npm:${name}@${version}`)],
    program: [...deno, 'run', '--allow-all', 'program.mjs'],
    commands: [...deno, 'run', '--allow-all', 'node_modules/.bin/heddle'],
  },
  {
    name: 'esbuild (heddle external)',
    version: [...esbuild, '--version'],
    install: ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', 'heddle'],
    build: [...esbuild, ...bundle, '--external:heddle'],
    program: ['node', 'out/bundle.mjs'],
  },
]

const table = []
const failures = []
try {
  if (!existsSync(tools)) {
    mkdirSync(toolsFolder, { recursive: true })
    writeFileSync(join(toolsFolder, 'package.json'), '{ "private": true }')
    run(toolsFolder, ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...TOOLS])
  }
  for (let time = 1; time <= Number(times); time++) {
    for (const row of rows.filter(({ name }) => name.includes(only))) table.push(tryOne(row, time))
  }
} finally {
  registry.stop()
  if (failures.length === 0) rmSync(work, { recursive: true, force: true })
}
const heads = ['', 'version', 'installs', 'library', 'command line']
for (const cells of [heads, heads.map(() => '---'), ...table]) console.log(`| ${cells.join(' | ')} |`)
for (const failure of failures) console.log(`\n${failure}`)
if (failures.length > 0) process.exit(1)

function tryOne(row, time) {
  const folder = join(work, `try-${row.name.replaceAll(/\W+/g, '-')}-${time}`)
  mkdirSync(folder)
  const files = {
    'package.json': '{ "name": "empty", "private": true, "type": "module" }',
    'program.mjs': program,
    ...row.files,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  console.error(`managers: ${row.name}`)
  const step = (command, expected) => {
    if (!command) return '–'
    try {
      const answer = run(folder, command).trim()
      if (!expected || answer.endsWith(expected)) return 'yes'
      return fails(command, `It answered "${answer}", not "${expected}".`)
    } catch (error) {
      const { status, signal, stderr, stdout, message } = error
      return fails(command, `exit code ${status}, signal ${signal}\n${stderr ?? message}\n${stdout ?? ''}`)
    }
  }
  const fails = (command, words) => {
    failures.push(`${row.name}, ${command.join(' ')}\nin ${folder}:\n${words.trim()}`)
    return 'fails'
  }
  const installs = [step(row.install), step(row.build)].includes('fails') ? 'fails' : 'yes'
  const [first] = run(folder, row.version).split('\n')
  const cli = row.commands && step([...row.commands, '--version'], version)
  const cells = [row.name, first.replace(/^\w+ | \(.*/g, ''), installs, step(row.program, WORKS), cli ?? '–']
  if (!cells.includes('fails')) rmSync(folder, { recursive: true })
  return cells
}

/** Every manager asks the registry with the packed files, and keeps its cache in the folder of this try. */
function run(cwd, [command, ...args]) {
  const env = {
    ...process.env,
    npm_config_registry: registry.url,
    npm_config_cache: join(work, 'npm'),
    BUN_INSTALL_CACHE_DIR: join(work, 'bun'),
    DENO_DIR: join(work, 'deno'),
    NPM_CONFIG_REGISTRY: registry.url,
    HEDDLE_STORE: join(work, 'runs'),
  }
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
