import { parseModel } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { sgd } from '../optimizers/optimizer.ts'
import { updateRuleOf } from '../optimizers/rule.ts'
import { sizeOf } from '../tensor/shape.ts'
import { Network } from './network.ts'

/** The part of a network that makes the output of the layer `name`, with the same weights. */
export function networkUpTo({ model, weights, backend }: Network, name: string): Network {
  const needed = new Set([name])
  for (const node of model.spec.nodes.toReversed()) {
    if (needed.has(node.name)) for (const input of node.inputs) needed.add(input)
  }
  const nodes = model.spec.nodes.filter(node => needed.has(node.name))
  const spec = parseModel({ kind: 'model', inputShape: model.inputShape, nodes }, 'part of the model')
  return new Network(buildModel(spec), weights, backend)
}

const atRest = updateRuleOf(sgd())

/**
 * What a network gives for images, whatever the shape of its outputs: `[count, …shape]`.
 * Images are bytes `[count, …shape]`, each multiplied by `scale`.
 */
export async function outputsOf(
  network: Network,
  images: Uint8Array,
  { scale, batchSize = 32 }: { readonly scale: number; readonly batchSize?: number },
): Promise<Float32Array> {
  // Of all losses `dot` alone takes outputs of any shape; none is computed.
  const executable = network.compile('dot', { batchSize, update: atRest })
  const count = images.length / sizeOf(network.model.inputShape)
  const { outputs } = await executable.run({
    mode: 'predict',
    images,
    scale,
    targets: null,
    order: Int32Array.from({ length: count }, (_, i) => i),
    outputs: true,
  })
  return Float32Array.from(outputs!)
}
