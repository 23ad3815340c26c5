import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adam,
  conv2d,
  csvLogger,
  cutout,
  dense,
  type ExperimentResult,
  experiment,
  fashionMnistMini,
  flatten,
  type ModelSpec,
  randomCrop,
  randomFlip,
  sequential,
} from '../../src/index.ts'
import { engine, nativeMissing } from '../support/engines.ts'
import { heddle, type StartOptions } from './heddle.ts'

/** Outside of the repository, as a user's folder is. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-cli-'))
  writeFileSync(join(folder, 'tiny.ts'), tinyInTypeScript)
  writeJson('logged.json', { callbacks: [csvLogger({ path: 'logs/{model}-{seed}.csv' })], epochs: 500 })
})
afterAll(() => rmSync(folder, { recursive: true }))

const tinyInTypeScript = `
  import { adam, dense, experiment, fashionMnistMini, flatten, sequential } from 'heddle'
  console.log('a print of the user')
  const units: number = 10
  export default experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: {
      linear: sequential([flatten(), dense({ units, activation: 'softmax' })]),
      hidden: sequential([flatten(), dense({ units: 8, activation: 'relu' }), dense({ units, activation: 'softmax' })]),
    },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2, validationSplit: 0.2 },
  })
`
const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
/** A step of it takes a second. */
const slow = sequential([
  conv2d({ filters: 64, kernelSize: 5 }),
  conv2d({ filters: 64, kernelSize: 5 }),
  flatten(),
  dense({ units: 10, activation: 'softmax' }),
])

function writeJson(file: string, train: object = {}, models: Record<string, ModelSpec> = { linear }): void {
  const spec = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models,
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', ...train },
  })
  writeFileSync(join(folder, file), JSON.stringify(spec))
}

const run = (args: readonly string[], options: Omit<StartOptions, 'cwd'> = {}) =>
  heddle(args, { cwd: folder, ...options })

describe('heddle run', () => {
  test('--json: one object on stdout and nothing else, from TypeScript outside of the repository', async () => {
    const { code, stdout, stderr } = await run(['run', 'tiny.ts', '--json', '--seeds', '2', '--threads', '1'])
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as ExperimentResult
    expect(result).toMatchObject({
      experiment: 'tiny',
      dataset: { name: 'fashion-mnist-mini', train: 1500, test: 500 },
      backend: engine.name,
      threads: 1,
      machine: { platform: process.platform, arch: process.arch, node: process.version },
      models: [
        { name: 'linear', params: 7850 },
        { name: 'hidden', params: 6370 },
      ],
    })
    expect(result.dataset.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    for (const { runs, test: tested } of result.models) {
      expect(runs.map(({ seed }) => seed)).toEqual([1, 2])
      expect(runs[0]!.history.valAccuracy).toHaveLength(2)
      const [a, b] = runs.map(one => one.test.accuracy) as [number, number]
      expect(tested.accuracy).toEqual({
        mean: (a + b) / 2,
        std: expect.closeTo(Math.abs(a - b) / Math.SQRT2, 12),
        n: 2,
      })
    }
    // No terminal: one line per epoch, nothing redrawn; what the file prints is not data.
    for (const control of ['\r', '\x1b']) expect(stderr).not.toContain(control)
    expect(stderr.match(/epoch \d\/2/g)).toHaveLength(8)
    expect(stderr).toContain(`fashion-mnist-mini ${result.dataset.fingerprint.slice(0, 12)}`)
    expect(stderr).toContain('a print of the user')
  })

  test('a table on stdout, and the conditions under which it was measured', async () => {
    const { code, stdout } = await run([
      'run',
      'tiny',
      '--model',
      'hidden',
      '--epochs',
      '1',
      '--threads',
      '1',
    ])
    expect(code).toBe(0)
    const [titles, , row, , conditions] = stdout.split('\n')
    expect(titles).toBe('Model    Params   Test accuracy   n   Test loss   Seconds   Images/s')
    expect(row).toMatch(/^hidden {4}6,370 +0\.\d{4} +1 +\d\.\d{4} +\d+\.\d +[\d,]+$/)
    expect(conditions).toMatch(/^tiny, seed 1 · fashion-mnist-mini [0-9a-f]{12} · \w+ \(.+, 1 thread\) on /)
  })

  test('a flag wins over the environment, which wins over the file', async () => {
    const env = { HEDDLE_EPOCHS: '3', HEDDLE_SEED: '7', HEDDLE_BACKEND: 'reference' }
    const only = ['run', 'tiny', '--model', 'linear', '--json']
    const fromEnv = JSON.parse((await run(only, { env })).stdout) as ExperimentResult
    expect(fromEnv.backend).toBe('reference')
    expect(fromEnv.models[0]!.runs).toMatchObject([{ seed: 7, history: { loss: { length: 3 } } }])
    const fromFlags = await run([...only, '--epochs', '1', '--seed', '2', '--backend', engine.name], { env })
    const result = JSON.parse(fromFlags.stdout) as ExperimentResult
    expect(result.backend).toBe(engine.name)
    expect(result.models[0]!.runs).toMatchObject([{ seed: 2, history: { loss: { length: 1 } } }])
  })

  test('a log that exists is refused before anything is trained, and left as it was', async () => {
    const once = ['run', 'logged.json', '--epochs', '1', '--seed', '5']
    expect((await run(once)).code).toBe(0)
    const path = join(folder, 'logs/linear-5.csv')
    const before = readFileSync(path, 'utf8')
    const again = await run(['run', 'logged.json', '--epochs', '1', '--seeds', '5'])
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('logs/linear-5.csv exists and is not overwritten; nothing was trained')
    expect(again.stderr).not.toContain('epoch 1/1')
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect(existsSync(join(folder, 'logs/linear-1.csv'))).toBe(false)
  })

  test('several runs do not share a log', async () => {
    writeJson('shared.json', { callbacks: [csvLogger({ path: 'shared.csv' })] })
    const { code, stderr } = await run(['run', 'shared.json', '--seeds', '2'])
    expect(code).toBe(2)
    expect(stderr).toContain('several runs would write the file shared.csv')
    expect(existsSync(join(folder, 'shared.csv'))).toBe(false)
  })
})

describe('Ctrl-C', () => {
  test.each([
    ['SIGINT', 130, '1'],
    ['SIGTERM', 143, '2'],
    ['SIGHUP', 129, '3'],
  ] as const)('%s: exit code %d, whole lines only', async (signal, exitCode, seed) => {
    let sent = false
    const { code, stdout, stderr } = await run(['run', 'logged.json', '--seed', seed, '--threads', '1'], {
      onStderr(text, child) {
        if (!sent && text.includes('epoch   1/500')) sent = child.kill(signal)
      },
    })
    expect(code).toBe(exitCode)
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /heddle: 0 of 1 run finished, the rest was stopped.\nheddle: Go on with: heddle resume [0-9a-f]{12}\nheddle: Interrupted.\n$/,
    )
    const lines = readFileSync(join(folder, `logs/linear-${seed}.csv`), 'utf8').split('\n')
    expect(lines[0]).toBe('epoch,accuracy,learning_rate,loss')
    expect(lines.at(-1)).toBe('')
    expect(lines.length).toBeLessThan(500)
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^\d+(,[\d.e-]+){3}$/)
  })

  // The other engines compute on the thread that would hear of it.
  test.skipIf(nativeMissing)(
    'a second one leaves everything as it is; the run is found as interrupted',
    async () => {
      writeJson('slow.json', { batchSize: 1000 }, { slow })
      let sent = 0
      let second: NodeJS.Timeout | undefined
      const { code, stderr } = await run(['run', 'slow.json', '--threads', '1'], {
        onStderr(text, child) {
          if (sent === 0 && text.includes('Training')) {
            sent++
            setTimeout(() => child.kill('SIGINT'), 300)
          }
          if (text.includes('Stopping after the current step'))
            second ??= setTimeout(() => child.kill('SIGINT'), 50)
        },
      })
      expect(second).toBeDefined()
      expect(code).toBe(130)
      expect(stderr).not.toContain('the rest was stopped')
      const { stdout } = await run(['runs', 'ls', '--model', 'slow', '--json'])
      expect(JSON.parse(stdout)).toMatchObject([{ status: 'interrupted', epochsDone: 0 }])
    },
  )

  test('what had finished is shown on stderr, not as if it were the result', async () => {
    writeJson('two.json', { epochs: 60 }, { first: linear, second: linear })
    let sent = false
    const { code, stdout, stderr } = await run(['run', 'two.json', '--threads', '1', '--json'], {
      onStderr(text, child) {
        if (!sent && text.includes('first  test accuracy')) sent = child.kill('SIGINT')
      },
    })
    expect(code).toBe(130)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/Finished before that, 1 of 2 runs:\n\nModel .*\n─+\nfirst +7,850/)
  })
})

describe('wrong usage: exit code 2, a message without a stack, a suggestion', () => {
  test.each([
    [['run', 'tiny', '--epoch', '1'], "heddle: unknown option '--epoch'\n(Did you mean --epochs?)"],
    [['rnu'], "heddle: unknown command 'rnu'\n(Did you mean run?)"],
    [['data', 'shwo'], "heddle: unknown command 'shwo'\n(Did you mean show?)"],
    [['reproduce'], "heddle: unknown command 'reproduce'\n  (In a checkout of Heddle: npm run reproduce)"],
    [['run'], "heddle: missing required argument 'experiment'"],
    [['run', ''], "heddle: missing required argument 'experiment'"],
    [['run', 'tinny'], 'heddle: There is no experiment "tinny". Did you mean "tiny"?'],
    [
      ['run', 'tiny', '--model', 'liner'],
      'no model "liner" in tiny. Did you mean "linear"? Models: linear, hidden.',
    ],
    [['summary', 'tiny', '--model', 'x'], 'Models: linear, hidden.'],
    [['run', 'tiny', '--epochs', 'many'], '--epochs must be a whole number of at least 1, not "many".'],
    [['run', 'tiny', '--backend', 'natve'], 'Did you mean "native"?'],
    [['run', 'tiny', '--threads', '5000'], 'threads must be a whole number from 1 to 1024, not 5000.'],
    [['data', 'show', 'fashion-mnst'], 'Did you mean "fashion-mnist"?'],
    [
      ['data', 'show', 'fashion-mnist-mini', '--index', '1500'],
      'fashion-mnist-mini, train: there is no image 1500, only 0 to 1499.',
    ],
    [
      ['data', 'show', 'fashion-mnist-mini', '--split', 'tst'],
      `--split must be one of 'train', 'validation', 'test', not "tst".`,
    ],
    [
      ['data', 'show', 'fashion-mnist-mini', '--split', 'validation'],
      'fashion-mnist-mini has no validation images of its own: a training takes some of the training images (validationSplit).',
    ],
    [['data', 'get', 'fashion-mnist-mini'], 'built in: there is nothing to download'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})

describe('a wrong experiment is the user’s to mend: exit code 2, the file and the layer named', () => {
  const withModel = (layers: string) =>
    tinyInTypeScript
      .replace('flatten, sequential', 'flatten, conv2d, sequential')
      .replace(/linear: .*/, `linear: sequential([${layers}]),`)

  test.each([
    [
      'a kernel larger than its input',
      withModel('conv2d({ filters: 2, kernelSize: 29 }), flatten(), dense({ units })'),
      'Model "linear": Layer "conv2d" (Conv2D) cannot take the input (None, 28, 28, 1)',
    ],
    [
      'dense before flatten',
      withModel('dense({ units }), flatten()'),
      'Model "linear": Layer "dense" (Dense) cannot take the input (None, 28, 28, 1)',
    ],
    [
      'another number of classes',
      withModel("flatten(), dense({ units: 9, activation: 'softmax' })"),
      'The network has 9 outputs, but fashion-mnist-mini has 10 classes',
    ],
    [
      'an unknown option of a layer',
      withModel('dense({ unit: 10 })'),
      'wrong.ts:9: dense: unknown option "unit". Did you mean "units"?',
    ],
    ['a syntax error', 'export default {\n  name: ]\n}', 'wrong.ts:2: syntax error: Unexpected token'],
    ['an exception', '\nthrow new TypeError("ouch")', 'wrong.ts:2: ouch'],
    [
      'something that does not exist',
      "import { denze } from 'heddle'\ndenze()",
      'wrong.ts:2: denze is not a function',
    ],
    ['no export', 'const a = 1', 'wrong.ts: expected an experiment made by experiment({…})'],
  ])('%s', async (_, source, message) => {
    writeFileSync(join(folder, 'wrong.ts'), source)
    const { code, stdout, stderr } = await run(['run', 'wrong.ts'])
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test.each([
    ['not JSON', '{', 'wrong.json is not JSON'],
    ['no experiment', '[1]', 'wrong.json: expected an experiment'],
    ['code', '{"kind": "experiment", "run": "rm"}', 'wrong.json: unknown key "run".'],
  ])('JSON: %s', async (_, source, message) => {
    writeFileSync(join(folder, 'wrong.json'), source)
    const { code, stderr } = await run(['summary', 'wrong.json'])
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  test.each(['/tmp/heddle-escaped.csv', '../escaped.csv', 'a/../../escaped.csv'])(
    'JSON that would write %s',
    async path => {
      writeJson('escape.json', { callbacks: [csvLogger({ path })] })
      const { code, stderr } = await run(['run', 'escape.json'])
      expect(stderr).toContain('leads out of the working folder')
      expect(code).toBe(2)
      expect(existsSync(resolve(folder, path))).toBe(false)
    },
  )
})

describe('without the native engine', () => {
  const env = { HEDDLE_NATIVE: '/nonexistent' }

  const args = ['run', 'tiny', '--model', 'linear', '--epochs', '1', '--threads', '2', '--json']

  test('auto falls back to WebAssembly and says so', async () => {
    const { code, stdout, stderr } = await run(args, { env })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'wasm', threads: 2 })
    expect(stderr).toContain('heddle: The native engine is not available:')
    expect(stderr).toContain('Trying the WebAssembly engine')
  })

  test('without that too, auto falls back to the reference engine and says so', async () => {
    const { code, stdout, stderr } = await run(args, { env: { ...env, HEDDLE_WASM: '/nonexistent' } })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ backend: 'reference', threads: 1 })
    expect(stderr).toContain('heddle: The native engine is not available:')
    expect(stderr).toContain('The WebAssembly engine is not available:')
    expect(stderr).toContain('"node scripts/build-wasm.mjs" builds it. Using the reference engine')
    expect(stderr).toContain('The reference engine runs on one thread, not on the 2 that you asked for.')
  })

  test('asked for by name, it is an error: exit code 1', async () => {
    const { code, stdout, stderr } = await run(['run', 'tiny', '--backend', 'native'], { env })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('heddle: The native engine is not available:')
  })
})

describe('heddle data', () => {
  test('get: a damaged file is announced by its checksum, and the next source is used', async () => {
    const damaged = join(folder, 't10k-labels-idx1-ubyte')
    writeFileSync(damaged, 'not labels')
    const { code, stdout, stderr } = await run(['data', 'get', '--data-dir', '.', '--json'])
    expect(stderr).toContain(`${damaged} is damaged: its SHA-256 is `)
    expect(stderr).toContain('trying the next source')
    expect(code).toBe(0)
    const { files, provenance } = JSON.parse(stdout)
    expect(files).toHaveLength(4)
    expect(provenance).not.toContain(folder)
    expect(readFileSync(damaged, 'utf8')).toBe('not labels')
  })

  test('show: classes, pixels, and an image that can be recognised', async () => {
    const { code, stdout } = await run(['data', 'show', 'fashion-mnist-mini'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +9 +Ankle boot +150 +█+ +50 +█+$/m)
    expect(stdout).toMatch(/^ +Pixel mean +0\.\d{4} +0\.\d{4}$/m)
    const [, picture] = stdout.split('train 0: Ankle boot (label 9)\n')
    expect(picture!.split('\n').length).toBe(28 + 1)
    expect(Math.max(...picture!.split('\n').map(row => row.length))).toBe(56)
  })

  test('show --json', async () => {
    const asked = ['--split', 'test', '--index', '498', '--count', '9', '--json']
    const { stdout } = await run(['data', 'show', 'fashion-mnist-mini', ...asked])
    const { images, splits } = JSON.parse(stdout)
    expect(Object.keys(splits)).toEqual(['test'])
    expect(splits.test.classes).toHaveLength(10)
    expect(images.map((image: { index: number }) => image.index)).toEqual([498, 499])
    expect(images[0].pixels).toHaveLength(784)
  })

  test('show | head: a reader that leaves early is no error', () => {
    const bin = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))
    const command = `"${process.execPath}" "${bin}" data show fashion-mnist-mini --count 1500 | head -1`
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' })
    expect(stdout).toBe('train 0: Ankle boot (label 9)\n')
    expect(stderr).toBe('')
  })
})

describe('heddle data augment', () => {
  test('a picture of the first training steps, and what is in it', async () => {
    writeJson('augmented.json', { augmentation: [randomFlip(), randomCrop({ padding: 2 })] })
    const asked = ['data', 'augment', 'augmented.json', '--index', '3,14', '--versions', '4']
    const { code, stdout } = await run([...asked, '--out', 'grid.png', '--seed', '2'])
    expect([code, stdout]).toEqual([
      0,
      'grid.png: 2 training images of fashion-mnist-mini, each before and in the training steps 0 to 3 of seed 2.\n',
    ])
    const png = readFileSync(join(folder, 'grid.png'))
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const drawn = async (seed: string): Promise<Buffer> => {
      expect((await run([...asked, '--out', 'again.png', '--seed', seed])).code).toBe(0)
      return readFileSync(join(folder, 'again.png'))
    }
    expect((await drawn('2')).equals(png)).toBe(true)
    expect((await drawn('3')).equals(png)).toBe(false)
  })

  test.each([
    [
      ['tiny.ts'],
      'tiny has no augmentation. Add augmentation: [randomFlip()], or others, to its train options.',
    ],
    [['augmented.json', '--out', 'grid.gif'], '--out grid.gif: the file must end in .png or .svg.'],
    [
      ['augmented.json', '--index', '1500'],
      'fashion-mnist-mini, train: there is no image 1500, only 0 to 1499.',
    ],
    [['augmented.json', '--index', '1', '--count', '2'], 'Give either --index (these images) or --count'],
    [['too-large.json'], 'cutout: a size of 29 × 29 is larger than the image of 28 × 28.'],
  ])('%j is refused', async (args, text) => {
    writeJson('augmented.json', { augmentation: [randomFlip()] })
    writeJson('too-large.json', { augmentation: [cutout({ size: 29 })] })
    const { code, stderr } = await run(['data', 'augment', ...args])
    expect(stderr).toContain(text)
    expect(code).toBe(2)
  })

  test('run: one that is larger than the image is refused before anything is trained', async () => {
    writeJson('too-large.json', { augmentation: [cutout({ size: 29 })] })
    const { code, stdout, stderr } = await run(['run', 'too-large.json'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('cutout: a size of 29 × 29 is larger than the image of 28 × 28.')
    expect(stderr).not.toContain('epoch 1')
  })

  test('run --json records the pixels and the augmentation', async () => {
    writeJson('raw.json', { pixelRange: 'raw', augmentation: [randomFlip()], epochs: 1 })
    const { stdout, stderr } = await run(['run', 'raw.json', '--json'])
    expect(JSON.parse(stdout).train).toMatchObject({
      pixelRange: 'raw',
      augmentation: [{ kind: 'randomFlip' }],
      epochs: 1,
    })
    expect(stderr).toMatch(/^Training .*, batch size 32, pixels 0 to 255, randomFlip$/m)
  })
})

describe('heddle summary', () => {
  test('tables in Keras’ layout, or JSON', async () => {
    const table = await run(['summary', 'tiny'])
    expect(table.stdout).toContain('Model: "linear"')
    expect(table.stdout).toContain('Total params: 7,850')
    const { stdout } = await run(['summary', 'tiny', '--model', 'linear', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([
      {
        name: 'linear',
        params: 7850,
        multiplyAdds: 7840,
        layers: [
          { name: 'flatten', className: 'Flatten', outputShape: [784] },
          { name: 'dense', outputShape: [10], params: 7850, receptiveField: [28, 28] },
        ],
      },
    ])
  })
})

describe('help', () => {
  test.each([[['--help']], [['run', '--help']], [['data', 'get', '-h']], [['help', 'summary']]])(
    '%j leads with examples',
    async args => {
      const { code, stdout, stderr } = await run(args)
      expect(stdout).toMatch(/^Examples:\n {2}heddle /)
      expect([code, stderr]).toEqual([0, ''])
    },
  )

  test('--version', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('heddle doctor', () => {
  const tanh = sequential([flatten(), dense({ units: 10, activation: 'tanh' })])

  test('tells what several models share once, why it matters, and how to mend it', async () => {
    writeJson('sick.json', { pixelRange: 'raw' }, { linear, tanh })
    const { code, stdout } = await run(['doctor', 'sick.json'])
    expect(code).toBe(0)
    expect(stdout).toContain('error  pixel-range  (all models)\n')
    expect(stdout).toContain('error  loss-head  (tanh)\n')
    expect(stdout).toMatch(/ {2}Fix: .*\n {2}Why: /)
    expect(stdout).toMatch(/\n2 errors and 0 warnings in 2 models\.\n$/)
  })

  test('--gate: exit code 3 where there are errors, 0 where there are none', async () => {
    writeJson('sick.json', {}, { linear, tanh })
    const bad = await run(['doctor', 'sick.json', '--gate', '--json'])
    expect(bad).toMatchObject({ code: 3, stderr: 'heddle: 1 error in tiny.\n' })
    expect(JSON.parse(bad.stdout)).toMatchObject([{ rule: 'loss-head', model: 'tanh', severity: 'error' }])
    const good = await run(['doctor', 'sick.json', '--gate', '--json', '-m', 'linear'])
    expect(good).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' })
  })
})
