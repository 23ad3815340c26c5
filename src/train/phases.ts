import { UsageError } from '../base/errors.ts'
import { plural } from '../base/text.ts'
import { buildModel, type Model } from '../model/model.ts'
import { layerNamed } from '../network/network-part.ts'
import { definitionOf, isFrozen } from '../nn/layers/index.ts'
import type { FineTuning } from './fine-tuning.ts'

/** The part of a training that one program does. */
export interface Phase {
  /** Its first epoch, counted from 0. */
  readonly first: number
  readonly model: Model
  /** `null`: that of the optimizer. */
  readonly learningRate: number | null
}

/** The options that phases follow from. */
interface Phased {
  readonly fineTuning: FineTuning | null
  readonly epochs: number
}

/** The phases of a training, one or two. Throws a `UsageError` for a second one that cannot be. */
export function phasesOf(model: Model, spec: Phased): readonly Phase[] {
  const first = { first: 0, model, learningRate: null }
  const { fineTuning, epochs } = spec
  if (!fineTuning) return [first]
  const { after, learningRate } = fineTuning
  if (after >= epochs) {
    throw new UsageError(
      `fineTuning: it begins after ${plural(after, 'epoch')}, and the training has ${epochs} in all. Give epochs more than ${after}, or a smaller after.`,
    )
  }
  const freed = freedLayers(model, fineTuning)
  const nodes = model.spec.nodes.map(node =>
    freed.has(node.name) ? { ...node, layer: { ...node.layer, trainable: true } } : node,
  )
  return [
    first,
    { first: after, model: buildModel({ ...model.spec, nodes }, model.inputShape), learningRate },
  ]
}

/** What a second phase means, in words; `null` where there is none. */
export function phaseText(model: Model, { fineTuning }: Pick<Phased, 'fineTuning'>): string | null {
  if (!fineTuning) return null
  const freed = [...freedLayers(model, fineTuning)]
  return (
    `From epoch ${fineTuning.after + 1} on ${plural(freed.length, 'frozen layer')} from "${freed[0]}" on ` +
    `${freed.length === 1 ? 'learns' : 'learn'} too, at a learning rate of ${fineTuning.learningRate}.`
  )
}

function freedLayers(model: Model, { unfreeze }: FineTuning): ReadonlySet<string> {
  const frozen = model.layers.filter(({ layer }) => isFrozen(layer) && !definitionOf(layer).seesBatch)
  if (frozen.length === 0) {
    throw new UsageError(
      'fineTuning: the model has no frozen layer that could learn later. Leave fineTuning out, or freeze layers: trainable: false, or pretrained({ freeze }).',
    )
  }
  if (typeof unfreeze === 'number') {
    if (unfreeze <= frozen.length) return namesOf(frozen.slice(-unfreeze))
    throw new UsageError(
      `fineTuning: unfreeze is ${unfreeze}, and the model has ${plural(frozen.length, 'frozen layer')} that ${frozen.length === 1 ? 'is no' : 'are no'} batch normalisation.`,
    )
  }
  const from = model.layers.indexOf(layerNamed(model, unfreeze))
  const freed = frozen.filter(layer => model.layers.indexOf(layer) >= from)
  if (freed.length > 0) return namesOf(freed)
  throw new UsageError(
    `fineTuning: no layer from "${unfreeze}" on is frozen. The last frozen layer is "${frozen.at(-1)!.name}".`,
  )
}

function namesOf(layers: Model['layers']): ReadonlySet<string> {
  return new Set(layers.map(({ name }) => name))
}
