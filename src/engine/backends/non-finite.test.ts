import { expect, test } from 'vitest'
import { compiled } from '../../../test/support/engines.ts'
import { graph } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { add, batchNormalization, conv2d, type LayerSpec } from '../../nn/layers/index.ts'
import { adam, updateRuleOf } from '../../nn/optimizers/index.ts'
import { lower } from '../lower.ts'
import { referenceBackend } from './reference.ts'

const same = (): LayerSpec => conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' })

/** Values that no kernel reads going backward, whose memory others have when the loss is known. */
const lowered = lower(
  buildModel(
    graph({
      first: [same(), 'input'],
      inner: [same(), 'first'],
      normal: [batchNormalization(), 'inner'],
      sum: [add(), 'normal', 'first'],
      next: [same(), 'sum'],
      end: [add(), 'next', 'sum'],
    }),
    [4, 4, 8],
  ),
  'dot',
)

test.each([['reference', referenceBackend()] as const, ...compiled])(
  '%s names the first layer with a number that is not finite',
  async (_, backend) => {
    for (const layer of ['first', 'inner', 'next']) {
      const executable = backend.compile(lowered, { batchSize: 18, update: updateRuleOf(adam()) })
      const parameters = Float32Array.from(executable.read('parameters')).fill(0.1)
      const { offset } = executable.program.parameters.find(({ name }) => name === `${layer}/bias`)!
      parameters[offset] = Number.POSITIVE_INFINITY
      executable.write('parameters', parameters)
      const { failure } = await executable.run({
        mode: 'gradients',
        images: new Float32Array(18 * 128).fill(1),
        scale: 1,
        targets: new Float32Array(18 * 128).fill(1),
        order: Int32Array.from({ length: 18 }, (_value, i) => i),
      })
      expect(failure).toEqual({ step: 0, layer, of: 'loss' })
    }
  },
)
