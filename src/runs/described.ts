import { hash } from 'node:crypto'
import { UsageError } from '../base/errors.ts'
import { withoutLater } from '../base/schema.ts'
import { type Dataset, testFingerprints } from '../data/dataset.ts'
import { preparationFor } from '../data/preparation.ts'
import type { ModelSpec } from '../model/graph.ts'
import { type LayerSpec, definitionOf as layerDefinitionOf } from '../nn/layers/index.ts'
import { layerOptions } from '../nn/layers/layer-options.ts'
import { losses } from '../nn/losses/loss.ts'
import { metricsField } from '../nn/metrics/index.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import type { RunLayer } from '../protocol/studio.ts'
import type { RunStart } from '../store/store.ts'
import { type CallbackSpec, definitionOf, writesFiles } from '../train/callbacks/index.ts'
import { type ExperimentSpec, trainingOf } from '../train/experiment.ts'
import { type TrainSpec, trainFields, trainSpec } from '../train/options.ts'
import type { PlannedRun } from '../train/run-experiment.ts'
import type { Environment } from './environment.ts'

/** Where an option's value comes from. An option that has its default's value counts as left out. */
export type Origin = 'flag' | 'environment' | 'file' | 'default'

/** Where an experiment's relative paths start, and where its data was looked for. */
export interface RunSource {
  readonly baseDir: string
  readonly dataDir: string | null
}

export interface OptionWithOrigin {
  readonly name: string
  readonly value: unknown
  readonly origin: Origin
}

/** What a store keeps of a run before its first step. */
export function describeRun(
  { experiment, model, plan }: PlannedRun & { readonly experiment: ExperimentSpec },
  about: {
    readonly source: RunSource
    /** The origins of options that did not come from the file. */
    readonly origins: Readonly<Record<string, Origin>>
    readonly environment: Environment
  },
): RunStart {
  const { source, origins, environment } = about
  const { data, seed, spec: train } = plan
  const spec = experiment.models[model]!
  return {
    experiment: experiment.name,
    model,
    seed,
    configuration: configurationOf(experiment, model, data),
    modelHash: hashOf([decisiveModel(spec), data.imageShape]),
    dataset: data.name,
    fingerprint: data.fingerprint,
    ...testFingerprints(data),
    params: plan.model.parameterCount,
    batchSize: train.batchSize,
    epochs: train.epochs,
    stepsPerEpoch: plan.stepsPerEpoch,
    detail: {
      spec: { ...experiment, models: { [model]: spec }, train, overrides: {} },
      source,
      options: optionsOf(train, { seed, ...origins }, { seed, data }),
      environment,
    },
  }
}

/**
 * What a training's result follows from but for its seed, as a hash: the model, every option and the data. Runs of one configuration
 * can be averaged, and one that finished need not be trained again.
 */
export function configurationOf(experiment: ExperimentSpec, model: string, data: Dataset): string {
  const train = trainingOf(experiment, model)
  const callbacks = train.callbacks.filter(one => definitionOf(one).affectsResult ?? true)
  // Experiments of older versions have no metrics: the usual ones are left out.
  const isUsual = JSON.stringify(train.metrics) === JSON.stringify(metricsField.fallback)
  const optimizer = withoutLater(optimizers.of(train.optimizer).fields, train.optimizer)
  const loss = withoutLater(losses.of(train.loss).fields, train.loss)
  const decisive = { ...train, optimizer, loss, callbacks, ...(isUsual && { metrics: undefined }) }
  return hashOf([
    decisiveModel(experiment.models[model]!),
    withoutLater(trainFields, decisive),
    data.fingerprint,
  ])
}

/** A model without the options that came after models had been hashed, where they have their default. */
function decisiveModel(model: ModelSpec) {
  const layerOf = (layer: LayerSpec) => withoutLater(layerDefinitionOf(layer).fields, layer)
  // In the order of the original's keys, of which a hash is made.
  const nodes = model.nodes.map(node => ({ ...node, layer: layerOf(node.layer) }))
  if (!model.pretrained) return { ...model, nodes }
  // The content of the file counts, wherever it lies; what is frozen stands at the layers.
  const { read } = model.pretrained
  return { ...model, nodes, pretrained: { sha256: read?.sha256, layers: read?.layers } }
}

/** The layers of a model, with their options. */
export function layersOf({ nodes }: ModelSpec): RunLayer[] {
  return nodes.map(({ name, layer }) => ({
    name,
    className: layerDefinitionOf(layer).className,
    options: layerOptions(layer),
  }))
}

function optionsOf(
  train: TrainSpec,
  origins: Readonly<Record<string, unknown>>,
  { seed, data }: { readonly seed: number; readonly data: Dataset },
): OptionWithOrigin[] {
  const { optimizer, loss, pixelRange } = train
  const declared = data.preparation
  const preparation = declared && preparationFor(data.imageShape, { declared, pixelRange })
  const usual = trainSpec({ optimizer, loss })
  const defaults: Readonly<Record<string, unknown>> = { ...usual, optimizer: null, loss: null }
  const named = (name: string): Origin | undefined =>
    typeof origins[name] === 'string' ? (origins[name] as Origin) : undefined
  return [
    { name: 'seed', value: seed, origin: named('seed') ?? 'default' },
    ...Object.entries(train)
      .filter(([name]) => name !== 'kind')
      .map(([name, value]) => {
        const isDefault = JSON.stringify(value) === JSON.stringify(defaults[name])
        return { name, value, origin: named(name) ?? (isDefault ? 'default' : 'file') }
      }),
    // The source's own, not asked for: shown with all options, and where runs differ in it.
    ...(preparation ? [{ name: 'preparation', value: preparation, origin: 'default' as const }] : []),
  ]
}

function hashOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value))
}

/** Throws a `UsageError` for a callback that writes a file: only a file of yours may name a place on the disk. */
export function checkWritesNoFiles({ train, overrides }: ExperimentSpec): void {
  const writer = [train, ...Object.values(overrides)]
    .flatMap(options => options?.callbacks ?? [])
    .find(writesFiles)
  if (!writer) return
  throw new UsageError(
    `${writer.kind} writes a file, and a run of the studio writes none. Remove it: the page of the run has every number.`,
  )
}

/** Without the callbacks that write files: those were the first run's, or a stranger's. */
export function withoutLogs(experiment: ExperimentSpec): ExperimentSpec {
  const isKept = (callback: CallbackSpec): boolean => !writesFiles(callback)
  const overrides = Object.entries(experiment.overrides).map(([model, options]) => {
    const { callbacks } = options ?? {}
    return [model, callbacks ? { ...options, callbacks: callbacks.filter(isKept) } : options] as const
  })
  return {
    ...experiment,
    train: { ...experiment.train, callbacks: experiment.train.callbacks.filter(isKept) },
    overrides: Object.fromEntries(overrides),
  }
}
