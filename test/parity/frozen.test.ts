import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { fromKeras } from '../../src/model/files/keras/kernel-order.ts'
import { modelFormats, readModel } from '../../src/model/files/model-formats.ts'
import { graph } from '../../src/model/graph.ts'
import { createNetwork, Network, weightsOf } from '../../src/network/network.ts'
import { NetworkPart, OUTPUTS } from '../../src/network/network-part.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  flatten,
  isFrozen,
} from '../../src/nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../../src/nn/losses/loss.ts'
import {
  coefficientsOf,
  type OptimizerSpec,
  optimizers,
  updateRuleOf,
} from '../../src/nn/optimizers/index.ts'
import { relativeDifference } from '../../src/testing/compare.ts'
import { compiled } from '../support/engines.ts'

type Nested = number | readonly Nested[]

interface Golden {
  readonly start: Readonly<Record<string, Nested>>
  readonly batches: readonly { readonly images: Nested; readonly labels: readonly number[] }[]
  /** Answers of frozen.keras and frozen.h5 to the first batch. */
  readonly nested: Nested
  readonly traces: readonly {
    readonly optimizer: OptimizerSpec
    readonly losses: readonly number[]
    readonly end: Readonly<Record<string, Nested>>
  }[]
}

const golden: Golden = JSON.parse(readFileSync(new URL('golden/frozen.json', import.meta.url), 'utf8'))
const frozen = { trainable: false } as const
const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat))

/** The network of make-frozen.py. */
const model = graph(
  {
    conv1: [conv2d({ ...frozen, filters: 3, kernelSize: 3, strides: 2, kernelRegularizer: 'l2' }), 'input'],
    norm1: [batchNormalization(frozen), 'conv1'],
    relu1: [activation({ activation: 'relu' }), 'norm1'],
    conv2: [conv2d({ filters: 4, kernelSize: 2, kernelRegularizer: 'l2' }), 'relu1'],
    norm2: [batchNormalization(frozen), 'conv2'],
    norm3: [batchNormalization(), 'norm2'],
    relu2: [activation({ activation: 'relu' }), 'norm3'],
    flat: [flatten(), 'relu2'],
    hidden: [dense({ ...frozen, units: 6, activation: 'relu' }), 'flat'],
    out: [dense({ units: 4, activation: 'softmax' }), 'hidden'],
  },
  { inputShape: [8, 8, 2] },
)

const inKeras = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

describe.each([['plain loops', referenceBackend()] as const, ...compiled])('%s', (_, backend) => {
  test.each(golden.traces)(
    'ten steps of $optimizer.kind with frozen layers as Keras takes them',
    async one => {
      const network = createNetwork(model, { backend })
      const weightsIn = (values: Golden['start']) =>
        new Map(
          network.model.layers.flatMap(({ name, parameters }) =>
            parameters.map(parameter => {
              const numbers = Float32Array.from(flat(values[`${name}/${inKeras(parameter.name)}`]!))
              return [`${name}/${parameter.name}`, fromKeras(parameter, numbers)] as const
            }),
          ),
        )
      network.weights = weightsIn(golden.start)
      const optimizer = optimizers.field.parse(one.optimizer, 'optimizer')
      const executable = network.compile(sparseCategoricalCrossentropy(), {
        batchSize: 6,
        update: updateRuleOf(optimizer),
      })
      const { losses } = await executable.run({
        mode: 'train',
        images: Float32Array.from(golden.batches.flatMap(({ images }) => flat(images))),
        scale: 1,
        targets: Int32Array.from(golden.batches.flatMap(({ labels }) => labels)),
        order: Int32Array.from({ length: 6 * one.losses.length }, (_, i) => i % 12),
        coefficients: coefficientsOf(optimizer, 0, one.losses.length),
      })
      expect(relativeDifference(losses, one.losses)).toBeLessThan(1e-5)
      const [end, expected] = [weightsOf(executable), weightsIn(one.end)]
      for (const [name, values] of expected) {
        // Of images, Heddle's follows the variance divided by N - 1, as Keras 2's does (docs/decisions/0008-batch-normalization.md).
        if (name === 'norm3/movingVariance') continue
        expect(relativeDifference(end.get(name)!, values), name).toBeLessThan(1e-4)
      }
    },
  )
})

test.each(['keras', 'h5'])(
  'frozen.%s of Keras: its layers are frozen, and the weights are those of their layers',
  async ending => {
    const name = `frozen.${ending}`
    const read = await readModel(readFileSync(new URL(`golden/${name}`, import.meta.url)), { name })
    const frozen = read.model.layers.filter(({ layer }) => isFrozen(layer)).map(({ name }) => name)
    expect(frozen).toEqual(['a', 'b'])
    const network = new Network(read.model, read.weights, referenceBackend(), read)
    const part = new NetworkPart(network, { to: OUTPUTS })
    const outputs = await part.outputs(Float32Array.from(flat(golden.batches[0]!.images)))
    expect(relativeDifference(outputs, flat(golden.nested))).toBeLessThan(1e-5)
    const { pieces } = await modelFormats[ending as 'keras' | 'h5'].write(modelFileOf(network), {
      inputs: new Uint8Array(0),
      outputs: new Float32Array(0),
    })
    const again = await readModel(Buffer.concat(pieces), { name })
    expect(again.model.layers.map(({ layer }) => layer)).toEqual(read.model.layers.map(({ layer }) => layer))
    expect(again.weights).toEqual(read.weights)
  },
)
