import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nativeMissing } from '../support/engines.ts'
import { publicExamples } from '../support/public-examples.ts'

// What a user gets who runs `npm install heddle` in an empty folder: packed, installed without scripts, run.

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-package-'))
const installed = join(folder, 'node_modules/heddle')
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

const npm = (args: readonly string[], cwd: string) =>
  spawnSync('npm', args, { cwd, encoding: 'utf8', env: { ...process.env, npm_config_loglevel: 'warn' } })

let install: ReturnType<typeof npm>

beforeAll(() => {
  const packed = npm(['pack', '--json', '--pack-destination', folder], root)
  expect(packed.status, packed.stderr).toBe(0)
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }')
  install = npm(
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)],
    folder,
  )
}, 300_000)

/** Node in the consumer's folder, with no engine from elsewhere. */
function inFolder(command: string, args: readonly string[]) {
  const { HEDDLE_NATIVE: _, HEDDLE_WASM: __, ...env } = process.env
  return spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, HEDDLE_STORE: join(folder, 'runs') },
  })
}

const program = `
import { adam, createNetwork, dense, evaluate, fashionMnistMini, fit, flatten, loadDataset, sequential } from 'heddle'
const data = await loadDataset(fashionMnistMini())
const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape, seed: 1 })
const loss = 'sparseCategoricalCrossentropy'
await fit(network, data, { optimizer: adam(), loss, epochs: 1, seed: 1 })
console.log((await evaluate(network, data.test, { loss })).accuracy > 0.3)
`

const experiment = `
import { dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
const models = { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) }
const train = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' }
export default experiment({ name: 'mine', data: fashionMnistMini(), models, train })
`

describe('the packed package in an empty folder', () => {
  test('installs without scripts and without a warning', () => {
    expect(install.status, install.stderr).toBe(0)
    expect(install.stderr).not.toContain('EBADENGINE')
  })

  test('has nothing of the private workspaces', () => {
    const folders = execFileSync('find', [
      installed,
      '-name',
      'reports',
      '-o',
      '-path',
      `${installed}/studio`,
    ])
    expect(folders.toString()).toBe('')
  })

  test('has no files of the build', () => {
    const files = execFileSync('find', [installed, '-name', '.tsbuildinfo', '-o', '-name', '.heddle-stamp'])
    expect(files.toString()).toBe('')
  })

  test('trains at once with WebAssembly, and says how to get the native engine', () => {
    writeFileSync(join(folder, 'program.mjs'), program)
    const { stdout, stderr, status } = inFolder(process.execPath, ['program.mjs'])
    expect({ stdout, status }, stderr).toEqual({ stdout: 'true\n', status: 0 })
    writeFileSync(join(folder, 'mine.mjs'), experiment)
    const run = inFolder('npx', ['heddle', 'run', 'mine.mjs'])
    expect(run.status, run.stderr).toBe(0)
    expect(run.stderr).toContain('Build it with "npx heddle build-engine"')
    expect(run.stdout).toContain('wasm')
  }, 60_000)

  test.skipIf(nativeMissing)(
    'gets the native engine by one command',
    () => {
      // The checkout's own build stands in for the minute of compiling: the command takes it only if the packed sources are the same.
      const native = join(installed, 'build/native')
      cpSync(join(root, 'build/native'), native, { recursive: true })
      const built = inFolder('npx', ['heddle', 'build-engine'])
      expect({ status: built.status, stderr: built.stderr }).toEqual({
        status: 0,
        stderr: expect.stringMatching(/^heddle: The native engine is ready \(native/),
      })
      const run = inFolder('npx', ['heddle', 'run', 'mine.mjs'])
      expect(run.stdout).toContain('native')
    },
    60_000,
  )
})

describe.each(['nodenext', 'bundler'] as const)('as a consumer with --strict and %s', resolution => {
  test('the programs of the README and the examples of what is exported compile', () => {
    const examples = join(folder, `types-${resolution}`)
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

test('the package says which files it has', () => {
  const { files } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { files: string[] }
  expect(files).toContain('build/heddle.wasm')
})
