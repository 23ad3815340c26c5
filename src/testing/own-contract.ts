import { isOwn } from '../base/family.ts'
import { RandomStream } from '../base/random.ts'
import type { Shape } from '../base/shape.ts'
import type { Backend } from '../engine/backend.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { graph, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { Network } from '../network/network.ts'
import { activation, type LayerSpec, layers, parseLayer, rescaling } from '../nn/layers/index.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import type { Metric } from '../nn/metrics/metric.ts'
import type { Floats } from '../ops/op.ts'
import { relativeDifference, worstDifference } from './compare.ts'
import { gradientCheck } from './gradient-check.ts'
import { randomStep, runInference, runStep } from './step.ts'

/** By how much one thing that was checked is off, relative to its largest number: 0 is exact, infinite is wrong. */
export interface Finding {
  readonly check: string
  readonly difference: number
}

interface LayerContractOptions {
  /** The shape of what enters, without the batch axis. */
  readonly inputShape: Shape
  /** Compared with the plain loops in float64. Default: the plain loops in float32. */
  readonly backends?: readonly Backend[]
  readonly seed?: number
}

/**
 * Checks a layer, built in or made by `defineLayer`: its gradients against finite differences, every backend against the plain loops
 * (whole and partial batches, and forward only), and what becomes of it in JSON: the same layer, or a refusal if files cannot hold it.
 * A layer that keeps this contract has differences below 1e-5 everywhere. Throws where it cannot be built.
 *
 * @example
 * const findings = await layerContract(dense({ units: 3 }), { inputShape: [4] })
 * findings.every(({ difference }) => difference < 1e-5) // true
 */
export async function layerContract(
  layer: LayerSpec,
  { inputShape, backends = [referenceBackend()], seed = 1 }: LayerContractOptions,
): Promise<readonly Finding[]> {
  const spec =
    layers.of(layer).inputs === 'one'
      ? sequential([layer])
      : graph({ other: [rescaling({ scale: -0.7, offset: 0.1 }), 'input'], own: [layer, 'input', 'other'] })
  const model = buildModel(spec, inputShape)
  const oracle = referenceBackend({ precision: 'float64' })
  const findings: Finding[] = []
  const gradients = await gradientCheck(randomStep(model, { batch: 3, seed }))
  for (const [name, difference] of gradients) findings.push({ check: `gradient of ${name}`, difference })
  for (const backend of backends) {
    const { arithmetic } = backend
    for (const batchSize of [5, 9]) {
      const step = randomStep(model, { batch: 5, batchSize, seed })
      const { name, difference } = worstDifference(await runStep(backend, step), await runStep(oracle, step))
      findings.push({ check: `${arithmetic}, 5 of a batch of ${batchSize}: ${name}`, difference })
    }
    const step = randomStep(model, { batch: 5, seed })
    const expected = await runInference(oracle, step, { fold: false })
    const difference = relativeDifference(await runInference(backend, step, { fold: true }), expected)
    findings.push({ check: `${arithmetic}, forward only`, difference })
  }
  findings.push({ check: 'JSON', difference: throughJson(layer) ? 0 : Number.POSITIVE_INFINITY })
  return findings
}

/** Whether JSON gives the layer back, or refuses it where its code is in this program alone. */
function throughJson(layer: LayerSpec): boolean {
  const text = JSON.stringify(layer)
  try {
    return JSON.stringify(parseLayer(JSON.parse(text), 'JSON')) === text && !isOwn(layer)
  } catch {
    return isOwn(layer)
  }
}

/**
 * Checks a loss, built in or made by `defineLoss`: its gradient against finite differences, for one-hot and for mixed targets, and
 * every backend against float64. A loss that keeps this contract has differences below 1e-5 everywhere.
 *
 * @example
 * const findings = await lossContract(meanSquaredError(), { classes: 3 })
 * findings.every(({ difference }) => difference < 1e-5) // true
 */
export async function lossContract(
  loss: LossSpec,
  {
    classes,
    backends = [referenceBackend()],
    seed = 1,
  }: { readonly classes: number } & Omit<LayerContractOptions, 'inputShape'>,
): Promise<readonly Finding[]> {
  const count = 6
  const stream = new RandomStream(seed).split('loss contract')
  const rows = (name: string): Float64Array => {
    const drawn = Float64Array.from(
      { length: count * classes },
      (_, i) => 0.1 + stream.split(name).uniform(i),
    )
    const sums = Array.from({ length: count }, (_, n) =>
      drawn.subarray(n * classes, (n + 1) * classes).reduce((sum, x) => sum + x, 0),
    )
    return drawn.map((x, i) => Math.fround(x / sums[Math.floor(i / classes)]!))
  }
  const outputs = rows('outputs')
  const oneHot = Float64Array.from(outputs, (_, i) => +(i % classes === Math.floor(i / classes) % classes))
  // A network that gives back what it is given.
  const model = buildModel(sequential([activation({ activation: 'linear' })]), [classes])
  const run = async (backend: Backend, images: Floats, targets: Floats) => {
    const executable = new Network(model, new Map(), backend).compile(loss, {
      batchSize: count,
      update: { kind: 'sgd', momentum: 0, nesterov: false },
      inputGradient: true,
    })
    const order = Int32Array.from({ length: count }, (_, i) => i)
    const { losses } = await executable.run({ mode: 'gradients', images, scale: 1, targets, order })
    return { loss: losses[0]!, gradient: executable.read('inputGradient') }
  }
  const oracle = referenceBackend({ precision: 'float64' })
  const findings: Finding[] = []
  for (const [name, targets] of [
    ['one-hot', oneHot],
    ['mixed', rows('targets')],
  ] as const) {
    const exact = await run(oracle, outputs, targets)
    const numeric = new Float64Array(outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      const at = async (by: number) => (await run(oracle, outputs.with(i, outputs[i]! + by), targets)).loss
      numeric[i] = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP)
    }
    findings.push({
      check: `gradient, ${name} targets`,
      difference: relativeDifference(exact.gradient, numeric),
    })
    for (const backend of backends) {
      const actual = await run(backend, outputs, targets)
      const difference = Math.max(
        relativeDifference([actual.loss], [exact.loss]),
        relativeDifference(actual.gradient, exact.gradient),
      )
      findings.push({ check: `${backend.arithmetic}, ${name} targets`, difference })
    }
  }
  return findings
}

const STEP = 1e-6

/**
 * Checks a metric, built in or made by `defineMetric`: it has no value before the first batch, its sums survive a checkpoint (JSON), and
 * how examples are cut into batches changes nothing. A metric that keeps this contract has differences below 1e-9 everywhere.
 *
 * @example
 * const count = defineMetric({ name: 'count', label: 'count', better: 'more', unit: 'number', readsOutputs: false, init: () => [0], add: (sums, batch) => { sums[0]! += batch.count }, value: ([n]) => n || Number.NaN })
 * metricContract(count, { classes: 3 }).every(({ difference }) => difference < 1e-9) // true
 */
export function metricContract(
  { init, add, value }: Metric,
  { classes, seed = 1 }: { readonly classes: number; readonly seed?: number },
): readonly Finding[] {
  const count = 24
  const stream = new RandomStream(seed).split('metric contract')
  const outputs = Float32Array.from({ length: count * classes }, (_, i) => stream.uniform(i))
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes)
  const sumsOf = (size: number, store: (sums: number[]) => number[] = sums => sums): number[] => {
    let sums = init(classes)
    for (let from = 0; from < count; from += size) {
      const part = labels.subarray(from, from + size)
      const counts = { count: part.length, loss: 0.5, correct: 0, topCorrect: 0 }
      add(sums, {
        ...counts,
        labels: part,
        outputs: outputs.subarray(from * classes, (from + size) * classes),
      })
      sums = store(sums)
    }
    return sums
  }
  const whole = value(sumsOf(count))
  const against = (sums: number[]): number => relativeDifference([value(sums)], [whole])
  return [
    {
      check: 'no value before the first batch',
      difference: Number.isNaN(value(init(classes))) ? 0 : Infinity,
    },
    { check: 'batches of 5', difference: against(sumsOf(5)) },
    { check: 'batches of 1', difference: against(sumsOf(1)) },
    {
      check: 'sums in a checkpoint',
      difference: against(sumsOf(5, sums => JSON.parse(JSON.stringify(sums)))),
    },
  ]
}
