import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Backend } from '../../src/engine/backend.ts'
import { nativeUnavailable } from '../../src/engine/backends/native/addon.ts'
import { nativeBackend } from '../../src/engine/backends/native/native.ts'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { loadWasm } from '../../src/engine/backends/wasm/load.ts'
import { wasmBackend } from '../../src/engine/backends/wasm/wasm.ts'
import { lower } from '../../src/engine/lower.ts'
import { activation, type LayerSpec } from '../../src/layers/index.ts'
import { type LossName, type LossSpec, lossField } from '../../src/losses/loss.ts'
import { graph, sequential } from '../../src/model/graph.ts'
import { buildModel } from '../../src/model/model.ts'
import { type OptimizerSpec, optimizerField } from '../../src/optimizers/optimizer.ts'
import { coefficientsOf, updateRuleOf } from '../../src/optimizers/rule.ts'
import { relativeDifference, worstDifference } from '../../src/testing/compare.ts'
import { runStep, writeParameters } from '../../src/testing/step.ts'
import { targetsFor } from '../../src/train/measure.ts'

type Nodes = Record<string, readonly [LayerSpec, ...string[]]>
type Numbers = Record<string, readonly number[]>

interface LayerCase {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly batch: number
  readonly nodes: Nodes
  readonly input: readonly number[]
  readonly parameters: Numbers
  readonly output: readonly number[]
  readonly outputGradient: readonly number[]
  readonly inputGradient: readonly number[]
  readonly parameterGradients: Numbers
}

interface LossCase {
  readonly name: string
  /** Options that are not the default. */
  readonly loss: Partial<LossSpec>
  readonly head: 'softmax' | 'sigmoid' | 'none'
  readonly classes: number
  readonly batch: number
  readonly logits: readonly number[]
  readonly targets: readonly number[]
  readonly loss_value: number
  readonly gradient: readonly number[]
  readonly accuracy: number
}

interface Training {
  readonly nodes: Nodes
  readonly inputShape: readonly number[]
  readonly loss: LossName
  readonly batchOrder: readonly number[]
  readonly parameters: Numbers
  readonly batches: readonly { readonly images: readonly number[]; readonly labels: readonly number[] }[]
  readonly traces: readonly {
    readonly optimizer: OptimizerSpec
    readonly losses: readonly number[]
    readonly finalParameters: Numbers
  }[]
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')) as T

const floats = (numbers: Numbers): Map<string, Float64Array> =>
  new Map(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]))

const missing = nativeUnavailable()
const backends: readonly (readonly [string, () => Backend, tolerance: number])[] = [
  // The files hold nine digits.
  ['reference, float64', () => referenceBackend({ precision: 'float64' }), 1e-8],
  ['reference, float32', () => referenceBackend(), 1e-5],
  ...(missing ? [] : [['native', () => nativeBackend({ threads: 2 }), 1e-5] as const]),
  ['wasm', () => wasmBackend(loadWasm()), 1e-5],
]
if (missing) test.skip(`native: ${missing}`)

describe.each(backends)('%s agrees with Keras and PyTorch', (_, create, tolerance) => {
  test.each(read<LayerCase[]>('layers'))('$name', async golden => {
    const values = await runStep(create(), {
      model: buildModel(graph(golden.nodes), golden.inputShape),
      batch: golden.batch,
      images: Float64Array.from(golden.input),
      outputGradient: Float64Array.from(golden.outputGradient),
      parameters: floats(golden.parameters),
    })
    const worst = worstDifference(values, {
      outputs: Float64Array.from(golden.output),
      inputGradient: Float64Array.from(golden.inputGradient),
      gradients: floats(golden.parameterGradients),
    })
    expect(worst.difference, worst.name).toBeLessThan(tolerance)
  })

  test.each(read<LossCase[]>('losses'))('$name', async golden => {
    const { classes, batch, head } = golden
    const model = buildModel(sequential([activation({ activation: head === 'none' ? 'linear' : head })]), [
      classes,
    ])
    const loss = lossField.parse(golden.loss, 'loss')
    const executable = create().compile(lower(model, loss), {
      batchSize: batch,
      update: updateRuleOf(optimizerField.parse('sgd', 'optimizer')),
      inputGradient: true,
    })
    const rows = golden.targets.length === batch * classes
    const labels = Int32Array.from(golden.targets)
    const { losses, correct } = await executable.run({
      mode: 'gradients',
      images: Float64Array.from(golden.logits),
      scale: 1,
      targets: rows
        ? Float64Array.from(golden.targets)
        : targetsFor(loss, { images: new Uint8Array(0), labels }, executable),
      order: Int32Array.from({ length: batch }, (_, i) => i),
    })
    // Losses near zero are differences of numbers near one: compare them as such.
    expect(Math.abs(losses[0]! - golden.loss_value)).toBeLessThan(tolerance * Math.max(1, golden.loss_value))
    expect(relativeDifference(executable.read('inputGradient'), golden.gradient)).toBeLessThan(tolerance)
    expect(correct[0]! / batch).toBeCloseTo(golden.accuracy, 9)
  })

  const training = read<Training>('training')
  test.each(training.traces)('ten steps of $optimizer', async ({ optimizer: options, ...trace }) => {
    const model = buildModel(graph(training.nodes), training.inputShape)
    const optimizer = optimizerField.parse(options, 'optimizer')
    const size = training.batches[0]!.labels.length
    const executable = create().compile(lower(model, lossField.parse(training.loss, 'loss')), {
      batchSize: size,
      update: updateRuleOf(optimizer),
    })
    writeParameters(executable, floats(training.parameters))
    const { losses } = await executable.run({
      mode: 'train',
      images: Float64Array.from(training.batches.flatMap(batch => batch.images)),
      scale: 1,
      targets: Int32Array.from(training.batches.flatMap(batch => batch.labels)),
      order: Int32Array.from(
        training.batchOrder.flatMap(b => Array.from({ length: size }, (_, i) => b * size + i)),
      ),
      coefficients: coefficientsOf(optimizer, 0, training.batchOrder.length),
    })
    expect(relativeDifference(losses, trace.losses)).toBeLessThan(tolerance)
    const arena = executable.read('parameters')
    for (const { name, offset, size: length } of executable.program.parameters) {
      const values = arena.subarray(offset, offset + length)
      expect(relativeDifference(values, trace.finalParameters[name]!), name).toBeLessThan(tolerance)
    }
  })
})
