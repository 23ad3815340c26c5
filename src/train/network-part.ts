import { INPUT, parseModel } from '../model/graph.ts'
import { buildModel, type ModelLayer } from '../model/model.ts'
import { didYouMean, HeddleError, UsageError } from '../spec/errors.ts'
import { sgd } from '../optimizers/optimizer.ts'
import { updateRuleOf } from '../optimizers/rule.ts'
import { Network, type Weights } from './network.ts'

/** The layer of a name. Throws a `UsageError` where there is none. */
export function layerNamed({ model }: Network, name: string): ModelLayer {
  const layer = model.layers.find(one => one.name === name)
  if (layer) return layer
  const names = model.layers.map(one => one.name)
  throw new UsageError(`There is no layer "${name}".${didYouMean(name, names)} Layers: ${names.join(', ')}.`)
}

/** The part of a network that makes the output of one of its layers, with the same weights. */
export function networkUpTo(network: Network, name: string): Network {
  layerNamed(network, name)
  const { nodes } = network.model.spec
  const needed = new Set([name])
  for (const node of nodes.toReversed()) {
    if (needed.has(node.name)) for (const input of node.inputs) needed.add(input)
  }
  return partOf(network, {
    inputShape: network.model.inputShape,
    nodes: nodes.filter(node => needed.has(node.name)),
  })
}

/**
 * The part of a network that follows one of its layers: its images are that layer's outputs.
 * Throws a `HeddleError` where the layers behind it read past it, as around a shortcut.
 */
export function networkAfter(network: Network, name: string): Network {
  const { outputShape } = layerNamed(network, name)
  const after = new Set<string>()
  const nodes = network.model.spec.nodes.filter(node => {
    const follows = node.inputs.some(input => input === name || after.has(input))
    if (follows) after.add(node.name)
    return follows
  })
  for (const node of nodes) {
    const past = node.inputs.find(input => input !== name && !after.has(input))
    if (past) {
      throw new HeddleError(
        `"${node.name}" reads "${past}" besides what "${name}" makes: what follows "${name}" is no network of its own. ` +
          'Choose a layer behind which all paths have met.',
      )
    }
  }
  if (nodes.length === 0) throw new UsageError(`"${name}" is the last layer: nothing follows it.`)
  return partOf(network, {
    inputShape: outputShape,
    nodes: nodes.map(node => ({
      ...node,
      inputs: node.inputs.map(input => (input === name ? INPUT : input)),
    })),
  })
}

function partOf({ weights, backend }: Network, parts: { inputShape: readonly number[]; nodes: readonly unknown[] }): Network {
  const model = buildModel(parseModel({ kind: 'model', ...parts }, 'part of the model'))
  const own: Weights = new Map(
    model.layers.flatMap(layer =>
      layer.parameters.map(({ name }) => {
        const full = `${layer.name}/${name}`
        return [full, weights.get(full)!] as const
      }),
    ),
  )
  return new Network(model, own, backend)
}

const atRest = updateRuleOf(sgd())

/**
 * What a network gives for images, whatever the shape of its outputs: `[count, …shape]`.
 * Images are bytes or numbers `[count, …shape]`, each multiplied by `scale`.
 */
export async function outputsOf(
  network: Network,
  images: Uint8Array | Float32Array,
  { scale, batchSize = 32 }: { readonly scale: number; readonly batchSize?: number },
): Promise<Float32Array> {
  const size = network.model.inputShape.reduce((product, axis) => product * axis, 1)
  const executable = network.compile('dot', { batchSize, update: atRest })
  const { outputs } = await executable.run({
    mode: 'predict',
    images,
    scale,
    targets: null,
    order: Int32Array.from({ length: images.length / size }, (_, i) => i),
    outputs: true,
  })
  return Float32Array.from(outputs!)
}
