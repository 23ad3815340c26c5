import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nativeMissing } from '../support/engines.ts'
import { publicExamples } from '../support/public-examples.ts'

// What a user gets: the packages of a release, from a registry on this machine, installed into empty folders without scripts, run. The engine
// that this checkout has built stands in for the one that a release compiles.

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-package-'))
const packedFolder = join(folder, 'release/packed')
const consumer = join(folder, 'consumer')
const installed = join(consumer, 'node_modules/heddle')

let registry: ChildProcessWithoutNullStreams
let address = ''
let install: ReturnType<typeof inFolder>
let libraryMb = 0

beforeAll(async () => {
  const release = [join(root, 'scripts/release.mjs'), '--here', '--no-try', '--out', join(folder, 'release')]
  const packed = spawnSync(process.execPath, release, { encoding: 'utf8' })
  expect(packed.status, packed.stderr).toBe(0)
  registry = spawn(process.execPath, [join(root, 'scripts/release/registry.mjs'), packedFolder])
  const [line] = (await once(registry.stdout, 'data')) as [Buffer]
  address = line.toString().trim()
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }')
  install = npmInstall('heddle')
  libraryMb = megabytes(join(consumer, 'node_modules'))
}, 300_000)

afterAll(() => {
  registry?.stdin.end()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

/** In the consumer's folder, with no engine from elsewhere. */
function inFolder(command: string, args: readonly string[]) {
  // Without npm_command: under npx, heddle fetches its command line.
  const { HEDDLE_NATIVE: _, HEDDLE_WASM: __, npm_command: ___, ...env } = process.env
  return spawnSync(command, args, {
    cwd: consumer,
    encoding: 'utf8',
    env: { ...env, HEDDLE_STORE: join(folder, 'runs'), npm_config_registry: address },
  })
}

function npmInstall(name: string) {
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=warn']
  return inFolder('npm', ['install', ...options, name])
}

function megabytes(of: string): number {
  return readdirSync(of, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size / 1e6, 0)
}

const program = `
import { adam, chooseBackend, createNetwork, dense, evaluate, fashionMnistMini, fit, flatten, loadDataset, sequential } from 'heddle'
const data = await loadDataset(fashionMnistMini())
const backend = chooseBackend('auto', { onNotice: text => console.error(text) })
const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape, seed: 1, backend })
const loss = 'sparseCategoricalCrossentropy'
await fit(network, data, { optimizer: adam(), loss, epochs: 1, seed: 1 })
console.log(backend.name, (await evaluate(network, data.test, { loss })).accuracy > 0.3)
`

const experiment = `
import { dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
const models = { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) }
const train = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' }
export default experiment({ name: 'mine', data: fashionMnistMini(), models, train })
`

describe('the library alone, in an empty folder', () => {
  test('installs without scripts, warnings or other packages, below 8 MB with its engine', () => {
    expect(install.status, install.stderr).toBe(0)
    expect(install.stderr).not.toContain('EBADENGINE')
    expect(readdirSync(join(consumer, 'node_modules')).filter(name => !/^\.|^@heddle$/.test(name))).toEqual([
      'heddle',
    ])
    expect(libraryMb).toBeLessThan(8)
  })

  test.skipIf(nativeMissing)(
    'trains at once, on the native engine of its package',
    () => {
      writeFileSync(join(consumer, 'program.mjs'), program)
      const { stdout, stderr, status } = inFolder(process.execPath, ['program.mjs'])
      expect({ stdout, status }, stderr).toEqual({ stdout: 'native true\n', status: 0 })
    },
    60_000,
  )

  test.skipIf(nativeMissing)(
    'trains with WebAssembly where the engine is missing, and says which package to install',
    () => {
      rmSync(join(consumer, 'node_modules/@heddle'), { recursive: true })
      const { stdout, stderr } = inFolder(process.execPath, ['program.mjs'])
      expect(stdout).toBe('wasm true\n')
      expect(stderr).toMatch(
        /the package @heddle\/engine-\S+ is missing\. Install it with "npm install @heddle\/engine-/,
      )
    },
    60_000,
  )

  test('names the package of what it comes without', () => {
    const { stderr, status } = inFolder(process.execPath, ['-e', "import('heddle/store')"])
    expect(status).toBe(1)
    expect(stderr).toContain('which is not installed. Install it with "npm install ')
    const command = inFolder(process.execPath, [join(installed, 'bin/heddle.js'), 'runs'])
    expect({ status: command.status, stderr: command.stderr }).toEqual({
      status: 1,
      stderr:
        'heddle: the command line and the studio are in the package @heddle/cli, which is not installed here. Install it with "npm install @heddle/cli".\n',
    })
  })
})

describe('with the command line', () => {
  let added: ReturnType<typeof inFolder>
  beforeAll(() => {
    added = npmInstall('@heddle/cli')
  }, 300_000)

  test('installs without a warning', () => {
    expect(added.status, added.stderr).toBe(0)
    expect(added.stderr).not.toContain('EBADENGINE')
  })

  test('runs an experiment', () => {
    writeFileSync(join(consumer, 'mine.mjs'), experiment)
    const run = inFolder('npx', ['heddle', 'run', 'mine.mjs'])
    expect(run.status, run.stderr).toBe(0)
    expect(run.stdout).toContain(nativeMissing ? 'wasm' : 'native')
  }, 60_000)

  test('has its files, and none of the private workspaces or of the build', () => {
    const commandLine = join(consumer, 'node_modules/@heddle/cli')
    expect(existsSync(join(commandLine, 'build/studio/index.html'))).toBe(true)
    for (const place of [installed, commandLine]) {
      const files = readdirSync(place, { recursive: true }).map(String)
      expect(
        files.filter(file => /(^|\/)(reports|\.tsbuildinfo|\.heddle-stamp)$|^studio\//.test(file)),
      ).toEqual([])
    }
  })
})

describe.each(['nodenext', 'bundler'] as const)('as a consumer with --strict and %s', resolution => {
  test('the programs of the README and the examples of what is exported compile', () => {
    const examples = join(consumer, `types-${resolution}`)
    mkdirSync(examples, { recursive: true })
    const files = publicExamples(root).map(({ name, code }) => {
      writeFileSync(join(examples, name), code)
      return join(examples, name)
    })
    expect(files.length).toBeGreaterThan(20)
    const options =
      resolution === 'nodenext' ? { module: 'nodenext' } : { module: 'esnext', moduleResolution: 'bundler' }
    const compilerOptions = {
      ...options,
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
    }
    writeFileSync(join(examples, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(examples, 'tsconfig.json')],
      { encoding: 'utf8' },
    )
    expect(stdout).toBe('')
  }, 120_000)
})
