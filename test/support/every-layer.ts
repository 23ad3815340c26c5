import { RandomStream } from '../../src/base/random.ts'
import { type Shape, sizeOf } from '../../src/base/shape.ts'
import type { Backend } from '../../src/engine/backend.ts'
import { type ModelSpec, parseModel } from '../../src/model/graph.ts'
import { buildModel, type Model } from '../../src/model/model.ts'
import { Network } from '../../src/network/network.ts'
import { flatten, layers } from '../../src/nn/layers/index.ts'
import { layerCases } from '../../src/testing/cases.ts'
import type { Draw } from '../../src/testing/dice.ts'

export interface NamedNetwork {
  readonly name: string
  readonly network: Network
}

/** Random networks with every layer. */
export function everyLayer(draw: Draw, backend: Backend): readonly NamedNetwork[] {
  return layerCases(draw).map(({ name, model: { spec, inputShape } }) => ({
    name,
    network: shakenNetwork(spec, inputShape, backend),
  }))
}

/** The name of a network as that of a file. */
export function fileNameOf({ name }: NamedNetwork): string {
  return name.replace(/\W+/g, '-')
}

/** The kinds of layers that none of the networks has. */
export function missingKinds(networks: readonly NamedNetwork[]): readonly string[] {
  const kinds = new Set<string>(
    networks.flatMap(({ network }) => network.model.layers.map(({ layer }) => layer.kind)),
  )
  return Object.keys(layers.definitions).filter(kind => !kinds.has(kind))
}

/** A network whose weights no initializer gives, so that every number of a normalisation counts. */
export function shakenNetwork(spec: ModelSpec, inputShape: Shape, backend: Backend): Network {
  const model = asRow(buildModel(spec, inputShape))
  const stream = new RandomStream(5)
  const weights = new Map<string, Float32Array>()
  for (const layer of model.layers) {
    for (const { name, role, shape, fans } of layer.parameters) {
      const own = stream.split(`${layer.name}/${name}`)
      const low = role === 'variance' ? 0.5 : -0.5
      // Sums of many products stay of the size of one.
      const scale = role === 'kernel' ? Math.sqrt(12 / fans.fanIn) : 1
      const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * (low + own.uniform(i)))
      weights.set(`${layer.name}/${name}`, values)
    }
  }
  return new Network(model, weights, backend)
}

/** A network is asked for one row of outputs. */
function asRow(model: Model): Model {
  const { spec, inputShape, outputShape, layers } = model
  if (outputShape.length === 1) return model
  const row = { name: 'row', layer: flatten(), inputs: [layers.at(-1)!.name] }
  return buildModel(parseModel({ ...spec, nodes: [...spec.nodes, row] }, 'model'), inputShape)
}
