import { RandomStream } from '../../src/base/random.ts'
import { fashionMnistMini } from '../../src/data/source.ts'
import { sequential } from '../../src/model/graph.ts'
import { conv2d, dense, dropout, flatten, maxPooling2d } from '../../src/nn/layers/index.ts'
import { adam } from '../../src/nn/optimizers/index.ts'
import { toJson } from '../../src/protocol/json.ts'
import type { ParameterValues, StudyEvent } from '../../src/protocol/study.ts'
import { choice, intRange, logUniform, uniform, when } from '../../src/search/distributions/index.ts'
import { random } from '../../src/search/samplers/index.ts'
import { asha } from '../../src/search/schedulers/index.ts'
import { type SearchOptions, search } from '../../src/search/search.ts'
import { Study } from '../../src/search/study.ts'
import { rulesOf } from '../../src/search/study-rules.ts'
import type { Trial } from '../../src/search/study-state.ts'
import { processIdentity } from '../../src/store/process-identity.ts'
import { started } from '../../src/store/store.contract.ts'
import type { RunStore } from '../../src/store/store.ts'
import { experiment } from '../../src/train/experiment.ts'

/** A small network with eight parameters, one of which is there with another one only. */
const base = experiment({
  name: 'small',
  data: fashionMnistMini(),
  models: {
    small: sequential([
      conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dropout({ rate: 0.2 }),
      dense({ units: 64, activation: 'relu' }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  },
  train: {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 9,
    batchSize: 32,
    validationSplit: 0.2,
  },
})

const space = {
  learningRate: logUniform(1e-4, 1e-1),
  batchSize: choice([16, 32, 64, 128]),
  'conv2d.filters': intRange(8, 64, { step: 8 }),
  'dense.units': intRange(16, 256, { step: 16 }),
  dropout: choice([true, false]),
  'dropout.rate': when({ dropout: [true] }, uniform(0, 0.6)),
  optimizer: choice(['adam', 'rmsprop', 'sgd']),
}

export interface Recording extends Partial<Omit<SearchOptions, 'experiment' | 'space'>> {
  readonly store: RunStore
  /** No further trial reports after this many events: the search is still going on. */
  readonly events?: number
  /** The process that runs it. */
  readonly owner?: string
}

/**
 * Records a search as `heddle search` does, with runs whose numbers are made up: nothing is trained. Its trials, rungs and verdict are those that
 * the study decides. Returns its id.
 */
export async function recordSearch({
  store,
  events: most = Infinity,
  owner,
  ...options
}: Recording): Promise<string> {
  const made = search({
    experiment: base,
    space,
    sampler: random(),
    scheduler: asha(),
    trials: 30,
    repeats: { top: 2, seeds: 3 },
    ...options,
  })
  const id = await store.studies.add({
    name: made.spec.name,
    spec: {
      search: made.spec,
      source: { baseDir: '/', dataDir: null },
      fingerprint: 'f0',
      workers: 2,
      owner: owner ?? processIdentity(),
    },
  })
  const study = new Study(rulesOf(made))
  const log: StudyEvent[] = []
  const add = (event: StudyEvent): void => {
    study.apply(event)
    log.push(event)
  }
  const running = () => study.trials.filter(({ target }) => target !== null)
  const runs = new Set<string>()
  for (let next = 0; !study.ended && log.length < most; ) {
    const free = 2 - running().length
    study.decide({ free, newRunId: () => runId(id, next++) }).forEach(add)
    const [trial] = running()
    if (trial && log.length < most) add(await trained(store, { study: id, trial, runs, made }))
  }
  // Those that are being trained are some epochs ahead of their last report.
  for (const trial of running()) await begin(store, { study: id, trial, runs, made }, trial.epochs + 1)
  await store.studies.append(id, 0, log)
  return id
}

interface Training {
  readonly study: string
  readonly trial: Trial
  readonly runs: Set<string>
  readonly made: ReturnType<typeof search>
}

/** 12 digits, as ids of runs are; another search has others. */
const runId = (study: string, n: number): string => study.slice(0, 8) + n.toString(16).padStart(4, '0')

/** Trains a trial up to its target, and reports. */
async function trained(store: RunStore, training: Training): Promise<StudyEvent> {
  const { trial, made } = training
  const target = trial.target!
  if (isTooFast(trial.parameters)) {
    await begin(store, training, 0)
    const reason = 'The loss is no longer finite. Lower the learning rate.'
    await store.end(trial.run, { status: 'failed', text: reason })
    return { type: 'fail', trial: trial.trial, reason, seconds: 1 }
  }
  await begin(store, training, target)
  const isDone = target === trial.maxEpochs
  await store.end(trial.run, { status: isDone ? 'finished' : 'interrupted', text: '', seconds: 2 * target })
  const costs: Readonly<Record<string, number>> = {
    valAccuracy: accuracyOf(trial, target),
    params: paramsOf(trial.parameters),
  }
  const values = made.spec.objective.map(name => costs[name]!)
  return { type: 'report', trial: trial.trial, epochs: target, values, isDone, seconds: 2 * target }
}

/** Records the epochs of a trial up to one of them. */
async function begin(store: RunStore, { study, trial, runs, made }: Training, epochs: number): Promise<void> {
  const { run, parameters, seed, maxEpochs } = trial
  const isNew = !runs.has(run)
  runs.add(run)
  const of = made.experimentOf(parameters)
  if (isNew) {
    const detail = { ...started().detail, spec: JSON.parse(toJson(of)) }
    const about = {
      experiment: made.spec.name,
      model: 'small',
      configuration: toJson(parameters).slice(0, 60),
    }
    const start = { ...started({ ...about, seed, epochs: maxEpochs, params: paramsOf(parameters) }), detail }
    await store.start(start, { id: run, study })
  } else await store.resume(run, { epoch: trial.epochs, step: trial.epochs * 10 })
  const first = trial.epochs
  const added = Array.from({ length: Math.max(0, epochs - first) }, (_, i) => {
    const accuracy = accuracyOf(trial, first + i + 1)
    const metrics = {
      ...{ loss: 1 - accuracy, accuracy, valLoss: 1.1 - accuracy, valAccuracy: accuracy },
      learningRate: 0.001,
    }
    return { epoch: first + i, metrics, trainMs: 900, durationMs: 1000 }
  })
  const steps = added.map(({ epoch, metrics: { loss, accuracy } }) => ({
    step: 10 * epoch + 9,
    loss,
    accuracy,
  }))
  await store.record(run, { epochs: added, steps, happenings: [] })
}

const rateOf = ({ learningRate }: ParameterValues): number => Math.log10(learningRate as number)
const isTooFast = (parameters: ParameterValues): boolean => rateOf(parameters) > -1.15

/** Good near a learning rate of 0.002 with some dropout; a seed moves it a little. */
function accuracyOf({ parameters, seed, trial }: Trial, epochs: number): number {
  const noise = new RandomStream(1000 * trial + seed).split('noise')
  const drop = (parameters['dropout.rate'] ?? 0) as number
  const best =
    0.925 -
    0.02 * (rateOf(parameters) + 2.7) ** 2 -
    0.1 * (drop - 0.3) ** 2 +
    0.0002 * (parameters['conv2d.filters'] as number) -
    (parameters.optimizer === 'sgd' ? 0.02 : 0) +
    0.006 * (noise.uniform(0) - 0.5)
  return Math.max(0.1, best - 0.16 * Math.exp(-epochs / 2.2) + 0.004 * (noise.uniform(epochs) - 0.5))
}

function paramsOf(parameters: ParameterValues): number {
  const [filters, units] = [parameters['conv2d.filters'] as number, parameters['dense.units'] as number]
  return 10 * filters + filters * 169 * units + 11 * units
}
