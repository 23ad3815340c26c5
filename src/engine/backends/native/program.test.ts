import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nativeMissing } from '../../../../test/support/engines.ts'
import {
  cutout,
  lowerAugmentation,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomErasing,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from '../../../data/augment/index.ts'
import { sequential } from '../../../model/graph.ts'
import { buildModel } from '../../../model/model.ts'
import { activation, dense } from '../../../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../../../nn/losses/loss.ts'
import { muon, updateRuleOf } from '../../../nn/optimizers/index.ts'
import type { UpdateRule } from '../../../ops/update.ts'
import { layerCases } from '../../../testing/cases.ts'
import { fuseEpilogues, fuseForInference } from '../../fuse.ts'
import { lower } from '../../lower.ts'
import { type Program, plan } from '../../plan.ts'
import { loadWasm } from '../wasm/load.ts'
import { WasmProgram } from '../wasm/program.ts'
import { loadAddon, type NativeProgram } from './addon.ts'
import { encode } from './encode.ts'
import { encodeAugment } from './encode-augment.ts'

type Start = (words: Int32Array) => NativeProgram

const addons = nativeMissing ? [] : [loadAddon().NativeProgram]
const wasm = loadWasm()
const starts: readonly (readonly [string, Start])[] = [
  ...addons.map(Native => ['native', (words: Int32Array) => new Native(words, 2, '')] as const),
  ['wasm', words => new WasmProgram(wasm, words)],
]
const rules: readonly UpdateRule[] = [
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'rmsprop', rho: 0.9, momentum: 0.9, epsilon: 1e-7, centered: true },
  { kind: 'adagrad', initialAccumulatorValue: 0.1, epsilon: 1e-7 },
  { kind: 'adadelta', rho: 0.95, epsilon: 1e-7 },
  { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { kind: 'nadam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  updateRuleOf(muon()),
]

const encoded = layerCases({ count: 2, seed: 3 }).map(({ name, model }, i) => {
  const lowered = lower(model, 'dot')
  // Some only go forward.
  const update = rules[i % (rules.length + 1)]
  const backward = update !== undefined
  const groups = (backward ? fuseEpilogues : fuseForInference)(lowered.ops)
  const program = plan(lowered, groups, {
    batchSize: 3,
    shardSize: 2,
    inputGradient: backward,
    backward,
    ...(!backward && { blocks: groups.map((_, g) => 1 + (Math.floor(g / 2) % 2)) }),
  })
  return { name, program, words: encode(program, update) }
})

const zeros = (count: number): Float32Array => new Float32Array(count)

interface Sizes {
  readonly input: number
  readonly outputs: number
  readonly trains: boolean
}

function sizesOf({ input, output, trains }: Program): Sizes {
  return { input: input.value.size, outputs: output.value.size, trains }
}

/** A request to predict three images of zeros, of `size` numbers each; a test adds what it is about. */
const blank = (size: number): Parameters<NativeProgram['run']>[0] => ({
  mode: 3,
  images: zeros(3 * size),
  scale: 1,
  targets: null,
  order: Int32Array.of(0, 1, 2),
  coefficients: null,
  noise: null,
  augmentation: null,
  mixing: null,
  outputs: null,
  classWeights: null,
  topK: 0,
  profile: false,
})

/** A program that gives back images of 5 × 4 × 3. */
function identity(batchSize: number): Int32Array {
  const model = buildModel(sequential([activation({ activation: 'linear' })]), [5, 4, 3])
  const lowered = lower(model, 'dot')
  const program = plan(lowered, fuseEpilogues(lowered.ops), { batchSize, shardSize: 2, inputGradient: false })
  return encode(program, rules[0]!)
}

/** Runs a program on zeros; whatever it is, it must stay within its memory (the sanitizers watch). */
async function runOnce(native: NativeProgram, { input, outputs, trains }: Sizes): Promise<void> {
  await native.run({
    ...blank(input),
    mode: trains ? 0 : 2,
    targets: zeros(3 * outputs),
    coefficients: Float64Array.of(0.01, 0, 0, 0, 0),
    noise: Uint32Array.of(1, 2, 3),
    outputs: zeros(3 * outputs),
    classWeights: new Float64Array(outputs).fill(2),
    topK: 1,
  })
}

/** A program whose parameters all have this penalty. */
function wordsWith(penalty: { l1: number; l2: number }): Int32Array {
  const model = buildModel(sequential([dense({ units: 2 })]), [3])
  const lowered = lower(model, sparseCategoricalCrossentropy())
  const parameters = lowered.parameters.map(parameter => ({ ...parameter, penalty }))
  const program = plan({ ...lowered, parameters }, fuseEpilogues(lowered.ops), {
    batchSize: 1,
    shardSize: 1,
    inputGradient: false,
  })
  return encode(program, rules[0]!)
}

describe.each(starts)('%s does not trust what it is given', (_, start) => {
  test('a program that is cut short or goes on is refused', () => {
    for (const { words } of encoded) {
      expect(() => start(words.subarray(0, words.length - 1))).toThrow('it ends too early')
      expect(() => start(Int32Array.of(...words, 0))).toThrow('there are words after its end')
    }
    expect(() => start(Int32Array.of(1, 2, 3))).toThrow('it is not a program of this version')
  })

  test('programs with changed words are refused, or run within their memory', async () => {
    let refused = 0
    let ran = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...encoded),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.oneof(
              fc.integer({ min: -3, max: 80 }),
              fc.integer(),
              fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 2 ** 20, 2 ** 16),
            ),
          ),
          { minLength: 1, maxLength: 3 },
        ),
        async ({ program, words }, changes) => {
          const changed = words.slice()
          for (const [at, word] of changes) changed[at % changed.length] = word
          // The sizes of batches and of memory stay: they are what is allocated. How many parameters learn may change.
          for (const kept of [0, 1, 2, 3, 5]) changed[kept] = words[kept]!
          let native: NativeProgram
          try {
            native = start(changed)
          } catch (error) {
            refused++
            expect((error as Error).message).toMatch(
              /^The native engine refused a program: |has no memory left/,
            )
            return
          }
          try {
            await runOnce(native, sizesOf(program))
            ran++
          } catch (error) {
            expect((error as Error).message).toMatch(/native engine|targets|images|example/)
          }
        },
      ),
      { numRuns: 1500, seed: 1 },
    )
    expect(Math.min(refused, ran)).toBeGreaterThan(50)
  }, 60_000)

  test.each<[UpdateRule, reason: string]>([
    [{ kind: 'sgd', momentum: 2, nesterov: false }, 'a share is outside [0, 1]'],
    [{ kind: 'rmsprop', rho: -1, momentum: 0, epsilon: 0, centered: false }, 'a share is outside [0, 1]'],
    [{ kind: 'adadelta', rho: 0.5, epsilon: -1 }, 'a number is negative'],
    [{ kind: 'adagrad', initialAccumulatorValue: -1, epsilon: 0 }, 'a number is negative'],
    [{ kind: 'nadam', beta1: 0.9, beta2: 2, epsilon: 0 }, 'a share is outside [0, 1]'],
    [{ kind: 'adam', beta1: 0.9, beta2: 0.9, epsilon: 1e300 }, 'a number is not finite'],
    [{ ...updateRuleOf(muon()), nsSteps: 0 } as UpdateRule, 'a number is out of range'],
  ])('the rule %o is refused', (rule, reason) => {
    expect(() => start(encode(encoded[0]!.program, rule))).toThrow(reason)
  })

  test('a penalty that is negative or not finite is refused', () => {
    expect(start(wordsWith({ l1: 0.5, l2: 0 }))).toBeDefined()
    for (const penalty of [
      { l1: -0.5, l2: 0 },
      { l1: 0, l2: -0.5 },
    ]) {
      expect(() => start(wordsWith(penalty))).toThrow('a penalty is negative')
    }
    expect(() => start(wordsWith({ l1: 0, l2: Number.NaN }))).toThrow('a number is not finite')
    expect(() => start(wordsWith({ l1: 1e39, l2: 0 }))).toThrow('a number is not finite')
  })

  test('augmentations with changed numbers are refused, or run within their memory', async () => {
    const shape = [5, 4, 3] as const
    const specs = [
      randomFlip(),
      randomRotation({ factor: 1 }),
      randomTranslation({ heightFactor: 0.9, widthFactor: 0.9, fillMode: 'nearest' }),
      randomZoom({ heightFactor: 0.9, interpolation: 'nearest' }),
      randomCrop({ padding: 3, size: 2 }),
      randomErasing(),
      cutout({ size: 3 }),
      randomBrightness({ factor: 1 }),
      randomContrast({ factor: 1 }),
    ]
    const numbers = encodeAugment({
      ...lowerAugmentation(specs, shape),
      shape,
      white: 1,
      key: [1, 2],
      step: 3,
    })
    const native = start(identity(3))
    const run = (augmentation: Float64Array) => native.run({ ...blank(60), augmentation })
    const refused = async (augmentation: Float64Array, reason: string): Promise<void> => {
      await expect((async () => run(augmentation))()).rejects.toThrow(`refused an augmentation: ${reason}`)
    }
    await refused(numbers.subarray(0, -1), 'it ends too early')
    await refused(Float64Array.of(...numbers, 0), 'there are words after its end')
    await refused(numbers.with(3, 6), 'its images have another size')
    await refused(numbers.with(8, 0.5), 'a number is not whole')
    await refused(numbers.with(9, Number.NaN), 'a number is out of range')
    const outcomes = { refused: 0, ran: 0 }
    const words = fc.oneof(
      fc.integer({ min: -2, max: 6 }),
      fc.double({ min: -1, max: 1 }),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, 2 ** 31, -(2 ** 63)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), words), { minLength: 1, maxLength: 3 }), async changes => {
        const changed = numbers.slice()
        for (const [at, word] of changes) changed[at % changed.length] = word
        try {
          await run(changed)
          outcomes.ran++
        } catch (error) {
          outcomes.refused++
          expect((error as Error).message).toMatch(/^The native engine refused an augmentation: /)
        }
      }),
      { numRuns: 1500, seed: 1 },
    )
    expect(Math.min(outcomes.refused, outcomes.ran)).toBeGreaterThan(50)
  }, 60_000)

  test('mixtures with changed numbers are refused', async () => {
    const native = start(identity(2))
    const augmentation = encodeAugment({
      ops: [],
      mixes: [],
      shape: [5, 4, 3],
      white: 1,
      key: [1, 2],
      step: 0,
    })
    const run = async (mixing: Float64Array) => native.run({ ...blank(60), augmentation, mixing })
    // The last batch is one image, which has no partner but itself.
    const sound = Float64Array.of(1, 0.5, 0, 5, 0, 4, 0, 0, 1, 2, 3, 3, -1, 1, 0, 0, 0, 0)
    await run(sound)
    await expect(run(sound.subarray(1))).rejects.toThrow('must be as many mixtures as images')
    const bad: readonly (readonly [at: number, value: number])[] = [
      [0, 2],
      [0, -2],
      [0, 0.5],
      [12, 1],
      [1, 1.1],
      [1, Number.NaN],
      [2, -1],
      [3, 6],
      [8, 3],
      [5, 5],
      [10, 4],
      [3, 2 ** 40],
      [0, Number.NaN],
    ]
    for (const [at, value] of bad) {
      await expect(run(sound.with(at, value)), `${at}`).rejects.toThrow('images cannot be mixed like that')
    }
  })

  test('a running program cannot be read, written or started again', async () => {
    const { words, program } = encoded[0]!
    const native = start(words)
    const sizes = sizesOf(program)
    const running = runOnce(native, sizes)
    expect(() => native.read('parameters')).toThrow('wait for its promise')
    await expect((async () => runOnce(native, sizes))()).rejects.toThrow('wait for its promise')
    await running
    expect(native.read('parameters')).toHaveLength(program.parameterFloats)
  })
})

test.each(starts)(
  '%s: a program that only goes forward has no gradients, and no training',
  async (_, start) => {
    const { words, program } = encoded.find(({ program }) => !program.trains)!
    const native = start(words)
    await runOnce(native, sizesOf(program))
    await expect((async () => runOnce(native, { ...sizesOf(program), trains: true }))()).rejects.toThrow(
      'the program only goes forward',
    )
    expect(native.read('gradients')).toHaveLength(0)
    const trained = encoded.find(({ program }) => program.trains)!.program
    expect(() => start(encode(trained))).toThrow('a program that only goes forward has gradients')
  },
)

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

describe.each(addons)('the addon', Native => {
  test('requests that do not fit are refused', async () => {
    const { words, program } = encoded[0]!
    const native = new Native(words, 1, '')
    const sizes = sizesOf(program)
    const request = {
      ...blank(sizes.input),
      mode: 0,
      targets: zeros(3 * sizes.outputs),
      coefficients: Float64Array.of(0.01, 0, 0, 0, 0),
    }
    const refused = async (change: object, reason: string): Promise<void> => {
      // A request is unpacked before a promise exists, so it may throw at once.
      await expect((async () => native.run({ ...request, ...change }))()).rejects.toThrow(reason)
    }
    await refused({ order: Int32Array.of(0, 3) }, 'the order names an example that does not exist')
    await refused({ order: Int32Array.of(-1) }, 'the order names an example that does not exist')
    await refused({ targets: Int32Array.of(0, 1, sizes.outputs) }, 'a label is not among the outputs')
    await refused({ targets: null }, 'there are no targets')
    await refused({ targets: zeros(1) }, 'fewer targets than images')
    await refused({ coefficients: null }, 'there are no coefficients')
    await refused({ coefficients: new Float64Array(2) }, 'too few coefficients')
    await refused({ images: new Float64Array(3) }, 'another kind of array for images')
    await refused({ mode: 9 }, 'no such mode')
    await refused({ outputs: zeros(3 * sizes.outputs - 1) }, 'too little room for the outputs')
    await refused(
      { classWeights: new Float64Array(sizes.outputs + 1) },
      'needs a class weight for every output',
    )
    await refused({ classWeights: zeros(sizes.outputs) }, 'another kind of array for class weights')
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const classWeights = new Float64Array(sizes.outputs).fill(weight)
      await refused({ classWeights }, 'a class weight is negative or not finite')
    }
    for (const topK of [-1, sizes.outputs + 1]) await refused({ topK }, 'top-k is not a number of outputs')
    await refused({ mixing: new Float64Array(18) }, 'images are mixed without their size')
    expect(() => native.write('parameters', zeros(1))).toThrow(/Expected \d+ numbers, received 1/)
    expect(() => native.read('secrets')).toThrow('There is no array called "secrets"')
  })

  test.each([0, -1, 2000])('%s threads are refused', threads => {
    expect(() => new Native(encoded[0]!.words, threads, '')).toThrow('threads must be 1 to 1024')
  })
})
