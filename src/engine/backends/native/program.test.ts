import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UpdateRule } from '../../../ops/update.ts'
import { layerCases } from '../../../testing/cases.ts'
import { fuseEpilogues } from '../../fuse.ts'
import { lower } from '../../lower.ts'
import { plan } from '../../plan.ts'
import { loadWasm } from '../wasm/load.ts'
import { WasmProgram } from '../wasm/program.ts'
import { loadAddon, type NativeProgram } from './addon.ts'
import { encode } from './encode.ts'

const { NativeProgram: Native } = loadAddon()
const wasm = loadWasm()
const starts: readonly (readonly [string, (words: Int32Array) => NativeProgram])[] = [
  ['native', words => new Native(words, 2, '')],
  ['wasm', words => new WasmProgram(wasm, words)],
]
const rules: readonly UpdateRule[] = [
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'rmsprop', rho: 0.9, momentum: 0.9, epsilon: 1e-7, centered: true },
  { kind: 'adagrad', initialAccumulatorValue: 0.1, epsilon: 1e-7 },
  { kind: 'adadelta', rho: 0.95, epsilon: 1e-7 },
  { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { kind: 'nadam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
]

const encoded = layerCases({ count: 2, seed: 3 }).map(({ name, model }, i) => {
  const lowered = lower(model, 'dot')
  const program = plan(lowered, fuseEpilogues(lowered.ops), {
    batchSize: 3,
    shardSize: 2,
    inputGradient: true,
  })
  const update = rules[i % rules.length]!
  return { name, program, words: encode(program, update) }
})

const zeros = (count: number): Float32Array => new Float32Array(count)

/** Runs a program on zeros; whatever it is, it must stay within its memory (the sanitizers watch). */
async function runOnce(
  native: NativeProgram,
  { input, outputs }: { input: number; outputs: number },
): Promise<void> {
  await native.run({
    mode: 0,
    images: zeros(3 * input),
    scale: 1,
    targets: zeros(3 * outputs),
    order: Int32Array.of(0, 1, 2),
    coefficients: Float64Array.of(0.01, 0, 0),
    noise: Uint32Array.of(1, 2, 3),
    outputs: true,
  })
}

describe.each(starts)('%s does not trust what it is given', (_, start) => {
  test('a program that is cut short or goes on is refused', () => {
    for (const { words } of encoded) {
      expect(() => start(words.subarray(0, words.length - 1))).toThrow('it ends too early')
      expect(() => start(Int32Array.of(...words, 0))).toThrow('it goes on after its end')
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
          // Batch size, arena and input size stay: they are what the test allocates by.
          changed.set(words.subarray(0, 5))
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
            await runOnce(native, { input: program.input.value.size, outputs: program.output.value.size })
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
  ])('the rule %o is refused', (rule, reason) => {
    expect(() => start(encode(encoded[0]!.program, rule))).toThrow(reason)
  })

  test('a running program cannot be read, written or started again', async () => {
    const { words, program } = encoded[0]!
    const native = start(words)
    const sizes = { input: program.input.value.size, outputs: program.output.value.size }
    const running = runOnce(native, sizes)
    expect(() => native.read('parameters')).toThrow('wait for its promise')
    await expect((async () => runOnce(native, sizes))()).rejects.toThrow('wait for its promise')
    await running
    expect(native.read('parameters')).toHaveLength(program.parameterFloats)
  })
})

describe('the addon', () => {
  test('requests that do not fit are refused', async () => {
    const { words, program } = encoded[0]!
    const native = new Native(words, 1, '')
    const sizes = { input: program.input.value.size, outputs: program.output.value.size }
    const request = {
      mode: 0,
      images: zeros(3 * sizes.input),
      scale: 1,
      targets: zeros(3 * sizes.outputs),
      order: Int32Array.of(0, 1, 2),
      coefficients: Float64Array.of(0.01, 0, 0),
      noise: null,
      outputs: false,
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
    expect(() => native.write('parameters', zeros(1))).toThrow(/Expected \d+ numbers, received 1/)
    expect(() => native.read('secrets')).toThrow('There is no array called "secrets"')
  })

  test.each([0, -1, 2000])('%s threads are refused', threads => {
    expect(() => new Native(encoded[0]!.words, threads, '')).toThrow('threads must be 1 to 1024')
  })
})
