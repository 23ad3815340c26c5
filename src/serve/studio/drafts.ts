import { HeddleError } from '../../base/errors.ts'
import type { Dataset } from '../../data/dataset.ts'
import { lintExperiment } from '../../insight/doctor/index.ts'
import type { ModelNode } from '../../model/graph.ts'
import { buildModel, inspectLayers } from '../../model/model.ts'
import { definitionOf, parseLayer } from '../../nn/layers/index.ts'
import type { Finding } from '../../protocol/finding.ts'
import type { Draft } from '../../protocol/requests.ts'
import type { Checked, NodeFacts } from '../../protocol/studio.ts'
import { checkWritesNoFiles } from '../../runs/described.ts'
import { type ExperimentSpec, parseExperiment } from '../../train/experiment.ts'
import { trainFields, trainSpec } from '../../train/options.ts'
import { planTraining } from '../../train/plan.ts'

/** What is to become of a draft. */
export interface Named {
  readonly experiment: string
  readonly model: string
}

/**
 * The experiment that a draft describes; `data` is what its name stands for. Throws a `UsageError` for whatever is wrong
 * with it, and for a log: a page does not say where on the disk to write.
 */
export function experimentOfDraft(
  { nodes, train, pretrained }: Draft,
  { experiment, model }: Named,
  data: ExperimentSpec['data'],
): ExperimentSpec {
  const spec = parseExperiment(
    {
      kind: 'experiment',
      name: experiment,
      data,
      models: { [model]: { kind: 'model', nodes, ...(pretrained && { pretrained }) } },
      train: { ...train, kind: 'train' },
    },
    'The new run',
  )
  checkWritesNoFiles(spec)
  return spec
}

/** What is known of a draft as far as it goes, and what is wrong with it, each where it is. */
export function checkDraft(draft: Draft, source: ExperimentSpec['data'], data: Dataset): Checked {
  const nodes = checkNodes(draft, data)
  const train = checkTrain(draft)
  const isSound = nodes.every(({ error }) => error === undefined) && Object.keys(train).length === 0
  const total = (of: 'parameterCount' | 'multiplyAdds'): number =>
    nodes.reduce((sum, node) => sum + (node[of] ?? 0), 0)
  let error: string | null = null
  let advice: readonly Finding[] = []
  if (isSound) {
    try {
      const experiment = experimentOfDraft(draft, { experiment: 'draft', model: 'draft' }, source)
      const model = buildModel(experiment.models.draft!, data.imageShape)
      planTraining(model, data, { spec: experiment.train, seed: 0 })
      advice = lintExperiment(experiment, data)
    } catch (failure) {
      error = wordsOf(failure)
      advice = adviceWherePossible(draft, source, data)
    }
  }
  return {
    inputShape: data.imageShape,
    classNames: data.classNames,
    trainCount: data.train.count,
    nodes,
    parameterCount: total('parameterCount'),
    multiplyAdds: total('multiplyAdds'),
    train,
    error,
    advice,
  }
}

/** A model that cannot be trained may still be checked: the findings show why. */
function adviceWherePossible(
  draft: Draft,
  source: ExperimentSpec['data'],
  data: Dataset,
): readonly Finding[] {
  try {
    return lintExperiment(experimentOfDraft(draft, { experiment: 'draft', model: 'draft' }, source), data)
  } catch (failure) {
    wordsOf(failure)
    return []
  }
}

/** Each layer by itself first, then what follows from those before it; behind a broken one nothing is known. */
function checkNodes({ nodes }: Draft, data: Dataset): NodeFacts[] {
  const errors = nodes.map(({ name, layer, inputs }, i) => {
    try {
      parseLayer(layer, `layer ${i + 1}`)
      // Names, inputs and how many there are, with those before taken for read.
      const before = nodes.slice(0, i).map(other => other.name)
      const unknown = inputs.find(input => input !== 'input' && !before.includes(input))
      if (unknown !== undefined) return `It reads "${unknown}", which no earlier layer is called.`
      if (before.includes(name)) return `Two layers are called "${name}".`
      return undefined
    } catch (failure) {
      return wordsOf(failure)
    }
  })
  const broken = errors.findIndex(error => error !== undefined)
  const sound = nodes
    .slice(0, broken < 0 ? nodes.length : broken)
    .map((node): ModelNode => ({ ...node, layer: parseLayer(node.layer, node.name) }))
  const inspected = inspectLayers(sound, data.imageShape)
  return nodes.map((_, i): NodeFacts => {
    const layer = inspected[i]
    if (errors[i] !== undefined) return { error: errors[i] }
    if (!layer) return {}
    if (layer instanceof HeddleError) return { error: layer.message }
    const { outputShape, parameterCount, multiplyAdds, receptiveField } = layer
    const joins = definitionOf(layer.layer).inputs === 'many'
    if (joins && layer.inputs.length < 2) return { error: 'It joins two or more inputs: name them.' }
    return { outputShape, parameterCount, multiplyAdds, receptiveField }
  })
}

function checkTrain({ train }: Draft): Record<string, string> {
  const wrong: Record<string, string> = {}
  for (const [name, field] of Object.entries(trainFields)) {
    try {
      if (train[name] !== undefined) field.parse(train[name], name)
      else if (field.required) wrong[name] = `The option "${name}" is required.`
    } catch (failure) {
      wrong[name] = wordsOf(failure)
    }
  }
  if (Object.keys(wrong).length > 0) return wrong
  try {
    trainSpec(train as never)
    return {}
  } catch (failure) {
    return { train: wordsOf(failure) }
  }
}

/** A defect is not the draft's. */
function wordsOf(failure: unknown): string {
  if (failure instanceof HeddleError) return failure.message
  throw failure
}
