import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../src/base/random.ts'
import { sizeOf } from '../../src/base/shape.ts'
import { type AugmentationSpec, lowerAugmentation, parseAugmentation } from '../../src/data/augment/index.ts'
import type { Executable, RunRequest } from '../../src/engine/backend.ts'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { lower } from '../../src/engine/lower.ts'
import { graph, sequential } from '../../src/model/graph.ts'
import { buildModel, type Model } from '../../src/model/model.ts'
import { targetsFor } from '../../src/network/feed.ts'
import { createNetwork, weightsOf } from '../../src/network/network.ts'
import { activation, batchNormalization, type LayerSpec } from '../../src/nn/layers/index.ts'
import { type LossName, type LossSpec, losses as lossFamily } from '../../src/nn/losses/loss.ts'
import {
  coefficientsOf,
  type OptimizerSpec,
  optimizers,
  updateRuleOf,
} from '../../src/nn/optimizers/index.ts'
import type { ImageShape } from '../../src/ops/resample.ts'
import { COEFFICIENTS } from '../../src/ops/update.ts'
import { augmentedBy } from '../../src/testing/augmentation-contract.ts'
import { relativeDifference, worstDifference } from '../../src/testing/compare.ts'
import { runStep, writeParameters } from '../../src/testing/step.ts'
import { type ClassWeight, classWeightsOf } from '../../src/train/class-weights.ts'
import { backends, nativeMissing } from '../support/engines.ts'

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

interface AugmentationCase {
  readonly name: string
  readonly shape: ImageShape
  /** Or the factor of the contrast, which no spec fixes. */
  readonly spec?: AugmentationSpec
  readonly contrast?: number
  readonly image: readonly number[]
  readonly output: readonly number[]
}

interface Traced {
  readonly inputShape: readonly number[]
  readonly batchOrder: readonly number[]
  readonly parameters: Numbers
  readonly batches: readonly { readonly images: readonly number[]; readonly labels: readonly number[] }[]
}

interface Moving {
  readonly name: string
  readonly shape: readonly number[]
  readonly momentum: number
  readonly batch: number
  readonly steps: readonly (readonly number[])[]
  readonly movingMean: readonly number[]
  readonly movingVariance: readonly number[]
  readonly inference: readonly number[]
}

interface Trace {
  readonly optimizer: OptimizerSpec
  readonly losses: readonly number[]
  readonly finalParameters: Numbers
}

interface Training extends Traced {
  readonly nodes: Nodes
  readonly loss: LossName
  readonly traces: readonly Trace[]
}

interface Penalties extends Traced {
  readonly topK: number
  readonly ties: {
    readonly classes: number
    readonly outputs: readonly number[]
    readonly labels: readonly number[]
    /** For k from 1: the examples that count. */
    readonly counts: readonly number[]
  }
  readonly traces: readonly (Trace & {
    readonly name: string
    readonly nodes: Nodes
    readonly loss: LossSpec
    readonly classWeight: ClassWeight
    /** Of each batch, before the first step. */
    readonly test: {
      readonly losses: readonly number[]
      readonly accuracies: readonly number[]
      readonly topKAccuracies: readonly number[]
    }
  })[]
}

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')) as T

const floats = (numbers: Numbers): Map<string, Float64Array> =>
  new Map(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]))

/** Moving statistics, which training does not read. */
const stateOf = (model: Model): [string, Float64Array][] =>
  model.layers.flatMap(layer =>
    layer.parameters
      .filter(({ trainable }) => trainable === false)
      .map(({ name, shape }): [string, Float64Array] => [
        `${layer.name}/${name}`,
        new Float64Array(sizeOf(shape)),
      ]),
  )

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

describe.each([
  // The files hold nine digits.
  ['reference, float64', referenceBackend({ precision: 'float64' }), 1e-8] as const,
  ...backends.map(([name, backend]) => [name, backend, 1e-5] as const),
])('%s agrees with Keras and PyTorch', (_, backend, tolerance) => {
  test.each(read<LayerCase[]>('layers'))('$name', async golden => {
    const model = buildModel(graph(golden.nodes), golden.inputShape)
    const values = await runStep(backend, {
      model,
      batch: golden.batch,
      images: Float64Array.from(golden.input),
      outputGradient: Float64Array.from(golden.outputGradient),
      parameters: new Map([...stateOf(model), ...floats(golden.parameters)]),
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
    const loss = lossFamily.field.parse(golden.loss, 'loss')
    const executable = backend.compile(lower(model, loss), {
      batchSize: batch,
      update: updateRuleOf(optimizers.field.parse('sgd', 'optimizer')),
      inputGradient: true,
    })
    const rows = classes > 1 && golden.targets.length === batch * classes
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

  // Keras computes where pixels come from in float32, whatever the images are.
  test.each(read<AugmentationCase[]>('augmentation'))('$name', async ({ shape, spec, ...golden }) => {
    const contrast = {
      kind: 'contrast',
      probability: 1,
      fill: null,
      numbers: [golden.contrast!, golden.contrast!],
    } as const
    const changes = spec
      ? lowerAugmentation([parseAugmentation(spec, 'spec')], shape)
      : { ops: [contrast], mixes: [] }
    const augment = { ...changes, shape, white: 1, key: new RandomStream(1).key, step: 0 }
    const output = await augmentedBy(backend, {
      images: Float64Array.from(golden.image),
      augment,
      batchSize: 1,
    })
    expect(relativeDifference(output, golden.output)).toBeLessThan(1e-5)
  })

  /** A network with the parameters of a file, and a run over the examples of the batches that are named. */
  function start(
    golden: Traced,
    { nodes, loss, optimizer }: { nodes: Nodes; loss: LossSpec } & Pick<Trace, 'optimizer'>,
  ) {
    const size = golden.batches[0]!.labels.length
    const executable = backend.compile(lower(buildModel(graph(nodes), golden.inputShape), loss), {
      batchSize: size,
      update: updateRuleOf(optimizer),
    })
    writeParameters(executable, floats(golden.parameters))
    const labels = Int32Array.from(golden.batches.flatMap(batch => batch.labels))
    const run = (batches: readonly number[], options: Pick<RunRequest, 'mode' | 'classWeights' | 'topK'>) =>
      executable.run({
        images: Float64Array.from(golden.batches.flatMap(batch => batch.images)),
        scale: 1,
        targets: targetsFor(loss, { images: new Uint8Array(0), labels }, executable),
        order: Int32Array.from(batches.flatMap(b => Array.from({ length: size }, (_, i) => b * size + i))),
        coefficients: coefficientsOf(optimizer, 0, batches.length),
        ...options,
      })
    return { executable, run }
  }

  function expectTrace(executable: Executable, losses: Float64Array, trace: Trace): void {
    expect(relativeDifference(losses, trace.losses)).toBeLessThan(tolerance)
    const arena = executable.read('parameters')
    for (const { name, offset, size } of executable.program.parameters) {
      const values = arena.subarray(offset, offset + size)
      expect(relativeDifference(values, trace.finalParameters[name]!), name).toBeLessThan(tolerance)
    }
  }

  // Made by Keras 2 in float32, of which six digits are written.
  test.each(read<Moving[]>('moving'))('moving statistics of $name', async golden => {
    const model = buildModel(sequential([batchNormalization({ momentum: golden.momentum })]), golden.shape)
    const sgd = optimizers.field.parse('sgd', 'optimizer')
    const network = createNetwork(model.spec, { inputShape: golden.shape, backend: backend })
    const executable = network.compile('dot', { batchSize: golden.batch, update: updateRuleOf(sgd) })
    const images = Float64Array.from(golden.steps.flat())
    const run = (mode: 'train' | 'predict', steps: number) =>
      executable.run({
        mode,
        images,
        scale: 1,
        targets: new Float64Array(images.length),
        order: Int32Array.from({ length: steps * golden.batch }, (_, i) => i),
        coefficients: new Float64Array(steps * COEFFICIENTS),
        outputs: true,
      })
    await run('train', golden.steps.length)
    const weights = weightsOf(executable)
    for (const name of ['movingMean', 'movingVariance'] as const) {
      expect(
        relativeDifference(weights.get(`batch_normalization/${name}`)!, golden[name]),
        name,
      ).toBeLessThan(1e-5)
    }
    const { outputs } = await run('predict', 1)
    expect(relativeDifference(outputs!, golden.inference)).toBeLessThan(1e-5)
  })

  const training = read<Training>('training')
  test.each(training.traces)('ten steps of $optimizer', async trace => {
    const loss = lossFamily.field.parse(training.loss, 'loss')
    const optimizer = optimizers.field.parse(trace.optimizer, 'optimizer')
    const { executable, run } = start(training, { nodes: training.nodes, loss, optimizer })
    const { losses } = await run(training.batchOrder, { mode: 'train' })
    expectTrace(executable, losses, trace)
  })

  const penalties = read<Penalties>('penalties')
  test.each(penalties.traces)('ten steps and a test with $name', async trace => {
    const loss = lossFamily.field.parse(trace.loss, 'loss')
    const optimizer = optimizers.field.parse(trace.optimizer, 'optimizer')
    const { executable, run } = start(penalties, { nodes: trace.nodes, loss, optimizer })
    const all = penalties.batches.map((_, i) => i)
    const tested = await run(all, { mode: 'evaluate', topK: penalties.topK })
    const size = penalties.batches[0]!.labels.length
    expect(relativeDifference(tested.losses, trace.test.losses)).toBeLessThan(tolerance)
    expect([...tested.correct]).toEqual(trace.test.accuracies.map(share => share * size))
    expect([...tested.topCorrect]).toEqual(trace.test.topKAccuracies.map(share => share * size))
    const classNames = Array.from({ length: 4 }, (_, label) => `class ${label}`)
    const classWeights = classWeightsOf(trace.classWeight, classNames)
    const { losses } = await run(penalties.batchOrder, { mode: 'train', classWeights })
    expectTrace(executable, losses, trace)
  })

  test('top-k accuracy where outputs tie', async () => {
    const { classes, outputs, labels, counts } = penalties.ties
    const loss = lossFamily.field.parse({ kind: 'sparseCategoricalCrossentropy', fromLogits: true }, 'loss')
    const executable = backend.compile(
      lower(buildModel(sequential([activation({ activation: 'linear' })]), [classes]), loss),
      { batchSize: 7, update: updateRuleOf(optimizers.field.parse('sgd', 'optimizer')) },
    )
    for (const [i, expected] of counts.entries()) {
      const { topCorrect } = await executable.run({
        mode: 'evaluate',
        images: Float64Array.from(outputs),
        scale: 1,
        targets: Int32Array.from(labels),
        order: Int32Array.from(labels.keys()),
        topK: i + 1,
      })
      expect(topCorrect.reduce((sum, n) => sum + n, 0)).toBe(expected)
    }
  })
})
