import { HeddleError } from '../../base/errors.ts'
import { ownFile } from '../../base/own-file.ts'
import type { ModelSpec } from '../../model/graph.ts'
import type { LossSpec } from '../../nn/losses/loss.ts'
import type { OptimizerSpec } from '../../nn/optimizers/index.ts'
import { trainingOf } from '../../train/experiment.ts'
import { loadExperiment, pickModels } from '../load-experiment.ts'

/** A model with what it is trained with. */
export interface Subject {
  /** `basic-vs-standard/standard` */
  readonly name: string
  readonly spec: ModelSpec
  readonly batchSize: number
  readonly optimizer: OptimizerSpec
  readonly loss: LossSpec
}

/** The five reports by their numbers: an experiment, or a model of it. */
const reports: Readonly<Record<string, string>> = {
  '000': 'conv1d-eight',
  '001': 'activation-heads',
  '002': 'basic-vs-standard',
  '003': 'three-class',
  '004': 'three-conv/reported',
}

/**
 * The models that `wanted` names: an experiment for all its models, `experiment/model` for one, a report's number in
 * the place of its experiment (`003/2` is the second model of that one), or `reports` for all those that are here. Throws a `UsageError` for what is not there.
 */
export async function findSubjects(
  wanted: readonly string[],
  { cwd, onNotice }: { readonly cwd: string; readonly onNotice: (message: string) => void },
): Promise<readonly Subject[]> {
  const found = new Map<string, Subject>()
  for (const item of wanted.flatMap(name => (name === 'reports' ? Object.keys(reports) : [name]))) {
    try {
      for (const subject of await subjectsOf(item, cwd)) found.set(subject.name, subject)
    } catch (error) {
      if (!(error instanceof HeddleError) || wanted.includes(item)) throw error
      onNotice(`Report ${item} is left out: ${error.message}`)
    }
  }
  return [...found.values()]
}

async function subjectsOf(item: string, cwd: string): Promise<readonly Subject[]> {
  // A path may have slashes of its own: what follows the last one is a model only if the rest is an experiment.
  const [head, ...rest] = item.split('/')
  const text = [(reports[head!] ?? head!).split('/')[0]!, ...rest].join('/')
  const whole = reports[item] ?? text
  const at = whole.lastIndexOf('/')
  const isFile = /\.(ts|mts|js|mjs|json)$/.test(whole)
  const [file, model] = at < 0 || isFile ? [whole, undefined] : [whole.slice(0, at), whole.slice(at + 1)]
  // The reports come with the package, wherever it is run.
  const folder = head! in reports ? ownFile('.') : cwd
  const { experiment: written } = await loadExperiment(file, folder)
  // `003/2` as the reports name it.
  const numbered = `model-${model}`
  const named = head! in reports && numbered in written.models ? numbered : model
  const experiment = pickModels(written, named === undefined ? undefined : [named])
  return Object.entries(experiment.models).map(([name, spec]) => {
    const { batchSize, optimizer, loss } = trainingOf(experiment, name)
    return { name: `${experiment.name}/${name}`, spec, batchSize, optimizer, loss }
  })
}
