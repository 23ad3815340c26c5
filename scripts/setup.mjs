// Brings a checkout into a state in which everything runs: packages, engines, TypeScript build, data.
// Each step is skipped when it is up to date, so running it again costs a fraction of a second.
//
//   node scripts/setup.mjs [--data] [--wasm]
//
// With --wasm it fails where the WebAssembly engine cannot be built; the others only lose the pages that compute by themselves.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...parts) => join(root, ...parts)

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `heddle: Node ${process.version} is too old; install Node 20.19 or newer from https://nodejs.org.`,
  )
  process.exit(2)
}

function run(what, command, args) {
  console.error(`heddle: ${what} …`)
  // Their output is progress, and stdout is for data.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    console.error(`heddle: ${what} failed${error ? `: ${error.message}` : ''}. The lines above say why.`)
    process.exit(1)
  }
}

/** Runs `step` unless `stampFile` holds `stamp`; a step that fails leaves no stamp. */
function whenChanged(stampFile, stamp, step) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  rmSync(stampFile, { force: true })
  step()
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, stamp)
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.version)
  for (const file of files) hash.update(file).update(readFileSync(at(file)))
  return hash.digest('hex')
}

function sources(folder) {
  return readdirSync(at(folder), { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter(file => !file.endsWith('.test.ts'))
    .sort()
}

// Not `npm ci`: the lock file holds the versions and checksums of all packages, but of those built for one platform
// only Linux' (docs/decisions/0004); npm install adds the others where they are needed and leaves the file alone.
const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
whenChanged(at('node_modules/.heddle-stamp'), hashOf(['package-lock.json']), () => {
  // npm's cache is enough the second time; asking the network first takes minutes where there is none.
  console.error("heddle: installing packages from npm's cache …")
  const offline = spawnSync(npm, [...install, '--offline'], { cwd: root, stdio: 'ignore' })
  if (offline.status !== 0) run('installing packages from the npm registry', npm, install)
})
// The engines of pages: a minute of one core each the first time, beside the other steps.
const wasmBuilt = Promise.all(
  // The first two are one compilation.
  [['heddle.wasm', 'threads.wasm'], ['predict.wasm']].map(names => {
    const building = spawn(process.execPath, [at('scripts/build-wasm.mjs'), ...names], {
      stdio: ['ignore', 2, 2],
    })
    return new Promise(resolve =>
      building.on('close', code => resolve(code === 0)).on('error', () => resolve(false)),
    )
  }),
).then(results => results.every(Boolean))
execFileSync(process.execPath, [at('scripts/build-native.mjs')], { stdio: ['ignore', 2, 2] })
whenChanged(
  at('dist/.heddle-stamp'),
  hashOf(['tsconfig.json', 'tsconfig.build.json', ...sources('src').filter(file => file.endsWith('.ts'))]),
  () => {
    rmSync(at('dist'), { recursive: true, force: true })
    run('compiling TypeScript', process.execPath, [
      at('node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.build.json',
    ])
  },
)
// With the engine of src/browser.ts the studio's app predicts in the page; exported pages do with a part of it.
for (const [what, out, page, config] of [
  ['the studio', 'build/studio', 'index.html', 'vite.config.ts'],
  ['the page of exports', 'build/page', 'page.html', 'vite.page.config.ts'],
]) {
  const own = [page, 'package.json', 'tsconfig.json', config].map(file => join('studio', file))
  whenChanged(
    at(out, '.heddle-stamp'),
    hashOf([...own, ...sources('studio/src'), ...sources('src').filter(file => file.endsWith('.ts'))]),
    () =>
      run(`building ${what}`, process.execPath, [
        at('node_modules/vite/bin/vite.js'),
        'build',
        '--config',
        `studio/${config}`,
        '--logLevel',
        'warn',
      ]),
  )
}
if (!(await wasmBuilt)) {
  console.error('heddle: the WebAssembly engines were not built; the lines above say why.')
  if (process.argv.includes('--wasm')) process.exit(1)
}
if (process.argv.includes('--data')) {
  const { obtainFashionMnist } = await import(at('dist/data/sources/fashion-mnist.js'))
  let shown = 0
  try {
    await obtainFashionMnist({
      onNotice: message => console.error(`heddle: ${message}`),
      onProgress({ what, done, total }) {
        const percent = total ? Math.floor((100 * done) / total) : 0
        if (percent >= shown + 10 || (done === total && total)) console.error(`heddle: ${what}: ${percent} %`)
        if (percent >= shown + 10) shown = percent === 100 ? 0 : percent
      },
    })
  } catch (error) {
    console.error(`heddle: ${error.message}`)
    process.exit(1)
  }
}
