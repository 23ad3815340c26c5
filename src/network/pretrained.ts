import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { didYouMean, HeddleError, UsageError, within } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { seedField } from '../base/random.ts'
import { systemFailure } from '../base/system-errors.ts'
import { plural, shortFingerprint } from '../base/text.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import type { ReadModel } from '../model/files/model-format.ts'
import { INPUT, type ModelNode, type ModelSpec, parseModel } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import type { PretrainedSpec } from '../model/pretrained.ts'
import { definitionOf } from '../nn/layers/index.ts'
import { freshNetwork, type Network, type NetworkOptions } from './network.ts'

/** Where the relative paths of pretrained parts begin. */
export interface FilePlace {
  /** Left out: the working folder. */
  readonly baseDir?: string | undefined
}

/**
 * A model whose first part is a file's, with the layers of that file: what `buildModel`, `summary` and a training take. Any other
 * model is returned as it is. Weights are read again, from the same bytes, where a training begins.
 *
 * Throws a `UsageError` if there is no such file, or no layer or number of layers that it names, and a `HeddleError` for a file that
 * is no model or has changed since it was read first.
 *
 * @example
 * const folder = mkdtempSync(join(tmpdir(), 'heddle-'))
 * const backbone = createNetwork(sequential([flatten(), dense({ units: 8, activation: 'relu' }), dense({ units: 10 })]), { inputShape: [4, 4, 1] })
 * await saveModel(backbone, join(folder, 'backbone.safetensors'))
 * const model = sequential([pretrained({ file: 'backbone.safetensors' }), dense({ units: 3, activation: 'softmax' })])
 * const read = await readPretrained(model, { baseDir: folder })
 * read.nodes.map(node => node.name) // ['flatten', 'dense', 'head_dense']
 */
export async function readPretrained(model: ModelSpec, place: FilePlace = {}): Promise<ModelSpec> {
  const { pretrained } = model
  if (!pretrained || pretrained.read) return model
  const { file, sha256 } = await readBackbone(pretrained, place)
  return within(pretrained.file, () => withHead(model, pretrained, { file, sha256 }))
}

/** Puts the weights of the file into a network with a pretrained part; any other stays as it is. Throws as `readPretrained` does. */
export async function loadPretrained(network: Network, place: FilePlace = {}): Promise<void> {
  const { spec, layers } = network.model
  if (!spec.pretrained?.read) return
  const { file } = await readBackbone(spec.pretrained, place)
  const part = layers.slice(0, spec.pretrained.read.layers)
  const loaded = part.flatMap(layer =>
    layer.parameters.map((parameter): [string, Float32Array] => {
      const name = `${layer.name}/${parameter.name}`
      const weights = file.weights.get(name)
      if (weights) return [name, weights]
      throw new HeddleError(`${spec.pretrained?.file} has no weights "${name}".`)
    }),
  )
  network.weights = new Map([...network.weights, ...loaded])
}

/**
 * A network to train whose first part is that of a file: `readPretrained`, with the file's weights there and fresh ones behind it.
 * Throws as `readPretrained` and `createNetwork` do.
 *
 * @example
 * const folder = mkdtempSync(join(tmpdir(), 'heddle-'))
 * const backbone = createNetwork(sequential([flatten(), dense({ units: 8, activation: 'relu' }), dense({ units: 10 })]), { inputShape: [4, 4, 1] })
 * await saveModel(backbone, join(folder, 'backbone.safetensors'))
 * const model = sequential([pretrained({ file: 'backbone.safetensors' }), dense({ units: 3, activation: 'softmax' })])
 * const network = await pretrainedNetwork(model, { inputShape: [4, 4, 1], baseDir: folder })
 * network.model.trainableCount // 27
 */
export async function pretrainedNetwork(
  spec: ModelSpec,
  options: NetworkOptions & FilePlace = {},
): Promise<Network> {
  const { inputShape, backend = chooseBackend('auto') } = options
  const model = buildModel(await readPretrained(spec, options), inputShape)
  const seed = seedField.parse(options.seed ?? 0, 'pretrainedNetwork: seed')
  const network = freshNetwork(model, { seed, backend })
  await loadPretrained(network, options)
  return network
}

/** The file as it is now. Throws a `HeddleError` if it is not the one that was read first. */
async function readBackbone(
  { file: written, read }: PretrainedSpec,
  { baseDir = process.cwd() }: FilePlace,
): Promise<{ readonly file: ReadModel; readonly sha256: string }> {
  const path = resolve(baseDir, written)
  if (kindOf(path) !== 'file') {
    throw new UsageError(
      `There is no file ${path}, which the model begins with (pretrained). Its path is relative to the experiment; put the file there, or change file.`,
    )
  }
  const bytes = await readFile(path).catch(error => {
    throw systemFailure(`${path} cannot be read`, error)
  })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (read && read.sha256 !== sha256) {
    throw new HeddleError(
      `${path} has changed: the model was made with the SHA-256 ${shortFingerprint(read.sha256)}, and the file has ` +
        `${shortFingerprint(sha256)}. Put the old file back, or train a new experiment with this one.`,
    )
  }
  // Programs without a pretrained part do not load the readers of other programs' files.
  const { readModel } = await import('../model/files/model-formats.ts')
  return { file: await readModel(bytes, { name: written }), sha256 }
}

function withHead(
  head: ModelSpec,
  pretrained: PretrainedSpec,
  { file, sha256 }: { readonly file: ReadModel; readonly sha256: string },
): ModelSpec {
  const { nodes } = file.model.spec
  const cut = pretrained.cutAt === null ? usualCut(file) : nodeNamed(nodes, pretrained.cutAt, 'cutAt').name
  const kept = neededFor(nodes, cut)
  const frozen = frozenCount(kept, pretrained)
  const taken = new Set(kept.map(({ name }) => name))
  const renamed = new Map(
    head.nodes.map(({ name }) => [name, taken.has(name) ? `head_${name}` : name] as const),
  )
  const nameOf = (name: string): string => (name === INPUT ? cut : renamed.get(name)!)
  return parseModel(
    {
      kind: 'model',
      inputShape: head.inputShape,
      nodes: [
        ...kept.map((node, i) => ({ ...node, layer: withTrainable(node.layer, i >= frozen) })),
        ...head.nodes.map(node => ({
          ...node,
          name: renamed.get(node.name)!,
          inputs: node.inputs.map(nameOf),
        })),
      ],
      pretrained: {
        ...pretrained,
        read: {
          sha256,
          layers: kept.length,
          inputShape: file.model.inputShape,
          pixelRange: file.pixelRange,
        },
      },
    },
    'the model',
  )
}

function withTrainable(layer: ModelNode['layer'], trainable: boolean): ModelNode['layer'] {
  return 'trainable' in layer ? { ...layer, trainable } : layer
}

/** What the last layer with weights reads; dropout before it is part of the old head. */
function usualCut({ model }: ReadModel): string {
  const head = model.layers.findLast(({ parameters }) => parameters.length > 0)
  if (!head) throw new UsageError('it has no layer with weights: nothing in it was trained.')
  const { nodes } = model.spec
  let name = head.inputs[0]!
  for (;;) {
    if (name === INPUT)
      throw new UsageError(
        `its only layer with weights is "${head.name}", which is its head: nothing is left before it. Name the layer to cut at: cutAt.`,
      )
    const node = nodes.find(one => one.name === name)!
    if (definitionOf(node.layer).role !== 'dropout') return name
    name = node.inputs[0]!
  }
}

function neededFor(nodes: readonly ModelNode[], cut: string): readonly ModelNode[] {
  const needed = new Set([cut])
  for (const { name, inputs } of nodes.toReversed()) {
    if (needed.has(name)) for (const input of inputs) needed.add(input)
  }
  return nodes.filter(({ name }) => needed.has(name))
}

/** How many of the first nodes stay as they are. */
function frozenCount(kept: readonly ModelNode[], { freeze }: PretrainedSpec): number {
  if (freeze === 'all') return kept.length
  if (freeze === 'none') return 0
  if (typeof freeze === 'string') return kept.indexOf(nodeNamed(kept, freeze, 'freeze')) + 1
  if (freeze <= kept.length) return freeze
  throw new UsageError(`freeze: ${freeze} layers are to stay, but the part has only ${kept.length}.`)
}

function nodeNamed(nodes: readonly ModelNode[], wanted: string, option: string): ModelNode {
  const found = nodes.find(({ name }) => name === wanted)
  if (found) return found
  const names = nodes.map(({ name }) => name)
  const last = names.slice(-12)
  const more = names.length - last.length
  throw new UsageError(
    `${option}: it has no layer "${wanted}".${didYouMean(wanted, names)} Its ${more > 0 ? 'last ' : ''}layers: ${last.join(', ')}` +
      `${more > 0 ? ` (and ${plural(more, 'layer')} before them)` : ''}.`,
  )
}
