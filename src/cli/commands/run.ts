import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { Interruption } from '../../base/interruption.ts'
import { integer } from '../../base/schema.ts'
import { systemFailure } from '../../base/system-errors.ts'
import { count, plural, shortFingerprint } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import type { Backend } from '../../engine/backend.ts'
import { saveModel } from '../../network/saved-model.ts'
import { toJson } from '../../protocol/json.ts'
import type { RunResult } from '../../protocol/results.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import type { TrainSpec } from '../../train/options.ts'
import { type ExperimentPlan, modelResult, planExperiment, runPlan } from '../../train/run-experiment.ts'
import { command, off, on, option, type ValuesOf } from '../command.ts'
import { type LoadedExperiment, namedExperiment } from '../load-experiment.ts'
import { loading } from '../loading.ts'
import {
  checkpointSteps,
  dataOptions,
  engineOptions,
  experimentArgument,
  jsonOption,
  modelOption,
  seedOptions,
  seedsOf,
  skipUnreadable,
  trainingEngine,
  userOption,
} from '../options.ts'
import { outputFolder } from '../output-paths.ts'
import { progressOf } from '../progress.ts'
import { openRecording, type Recording } from '../recording.ts'
import { conditions, resultTable } from '../results.ts'
import { interruptible, sayStopping, type Terminal } from '../terminal.ts'
import { commandLine, resumeCommand } from '../typed-command.ts'
import { ownVersion } from '../version.ts'

const options = {
  model: modelOption,
  ...seedOptions,
  epochs: option(integer(), {
    help: 'passes over the training images, instead of what the experiment says',
    variable: 'HEDDLE_EPOCHS',
  }),
  batchSize: option(integer(), 'images in a step, instead of what the experiment says'),
  ...engineOptions,
  ...dataOptions,
  record: off('do not record the runs in the run store (HEDDLE_STORE; default: .heddle)'),
  user: userOption,
  resume: on('continue what this command has begun: finished runs are not trained again'),
  checkpointSteps,
  tensorboard: option(outputFolder, {
    value: 'folder',
    help: 'also write events for TensorBoard, while training',
  }),
  save: option(outputFolder, {
    value: 'folder',
    help: 'write the trained models there: <model>-<seed>.safetensors',
  }),
  imageSize: option(integer(undefined, { min: 4 }), {
    help: 'stretch the images of a folder to n × n',
    otherwise: '64, or less for small ones',
  }),
  skipUnreadable,
  ...jsonOption,
  printJson: on('train nothing; print the experiment, with these options, as JSON that run reads'),
}

type Given = ValuesOf<typeof options>

export default command({
  summary: 'train an experiment, or a folder of photos',
  description:
    "Train an experiment's models, or a network for a folder of photos. Test them and print a table of the results.",
  args: { experiment: experimentArgument },
  options,
  examples: [
    ['heddle run basic-vs-standard', 'all models of experiments/basic-vs-standard.ts'],
    ['heddle run my.ts --model small,large', 'two of its models'],
    ['heddle run photos', 'your own photos: photos/cat/*.jpg, photos/dog/*.jpg, …'],
    ['heddle run my.ts --seeds 5', 'five seeds each: mean ± standard deviation'],
    ['heddle run my.json --epochs 1 --threads 2', 'from JSON, which is read and never executed'],
    ['heddle run photos --print-json > my.json', 'what it would train, to look at or to change'],
    ['heddle run my.ts --seeds 5 --resume', 'after Ctrl-C: only what is missing'],
    ['heddle run my.ts --json > result.json', 'the results as JSON'],
  ],
  async run({ experiment: wanted, ...given }, { terminal, origins }) {
    const seeds = seedsOf(given, origins)
    const { experiment: written, baseDir, chosen } = await namedExperiment(wanted, given)
    const experiment = withSettings(written, given)
    if (given.printJson) {
      if (baseDir !== process.cwd())
        terminal.notice(`Paths of its data are relative to ${baseDir}: save it there.`)
      terminal.print(toJson(experiment, 2))
      return
    }
    checkGiven(experiment, given, seeds)
    const backend = trainingEngine(given, terminal)
    await interruptible(async signal => {
      const { dataDir } = given
      const data = await loading({ terminal, dataDir }, options =>
        loadDataset(experiment.data, { ...options, baseDir }),
      )
      const plan = planExperiment(experiment, data, { seeds, resume: given.resume })
      announce(terminal, { plan, backend, ...(chosen && { chosen }) })
      const source = { baseDir, dataDir: dataDir ? resolve(dataDir) : null }
      const known = { ...origins, ...(origins.seeds && { seed: origins.seeds }) }
      const recording = given.record
        ? await openRecording({ ...given, experiment, backend, source, origins: known, signal }, terminal)
        : null
      const job = { plan, backend, given, recording, signal }
      const { result, unsaved } = await train(job, terminal).finally(() => recording?.close())
      if (given.json) terminal.print(toJson(result, 2))
      else {
        terminal.log()
        terminal.print(resultTable(result.models, terminal.columns))
        terminal.print(`\n${conditions(result, { backend: backend.description, version: ownVersion() })}`)
      }
      if (chosen && !given.json && recording) suggestNext(terminal, wanted, data.imageShape)
      recording?.check()
      if (unsaved.length > 0)
        throw new HeddleError(`The training is done, but not saved: ${unsaved.join(', ')}.`)
    })
  },
})

/** Throws a `UsageError` for options that contradict each other, or a model that would be replaced: not after hours. */
function checkGiven({ models }: ExperimentSpec, given: Given, seeds: readonly number[]): void {
  const { record, tensorboard, resume, save } = given
  if (!record && tensorboard !== undefined)
    throw new UsageError('--tensorboard writes what is recorded: leave --no-record out.')
  if (!record && resume) throw new UsageError('--resume goes on with recorded runs: leave --no-record out.')
  if (save === undefined || resume) return
  const paths = Object.keys(models).flatMap(model => seeds.map(seed => savedPath(save, model, seed)))
  const taken = paths.find(path => existsSync(path))
  if (taken === undefined) return
  throw new UsageError(
    `--save: the file ${taken} exists and is not replaced; nothing was trained. Name another folder, or remove the file.`,
  )
}

function savedPath(folder: string, model: string, seed: number): string {
  return join(folder, `${model}-${seed}.safetensors`)
}

interface Job {
  readonly plan: ExperimentPlan
  readonly backend: Backend
  readonly given: Given
  readonly recording: Recording | null
  readonly signal: AbortSignal
}

/**
 * Trains what is planned; the result comes with the files of models that could not be saved. What had finished when it fails or
 * is stopped is shown before the error goes on.
 */
async function train({ plan, backend, given, recording, signal }: Job, terminal: Terminal) {
  const { save, resume } = given
  const unsaved: string[] = []
  const { seeds, models } = plan
  const listeners = progressOf(terminal, plan)
  const finished = new Map(models.map(({ model }) => [model, [] as RunResult[]]))
  const stopSaying = sayStopping(signal, terminal)
  try {
    const result = await runPlan(plan, {
      backend,
      signal,
      follow: recording?.follow,
      ...listeners,
      async onRun(model, run, network) {
        finished.get(model)!.push(run)
        listeners.onRun(model, run)
        if (save === undefined) return
        const path = savedPath(save, model, run.seed)
        // Kept there when it was finished.
        if (resume && existsSync(path)) return
        // The other trainings go on: what is lost is one file, and with a record the run still has the model.
        await saveModel(network, path).catch(error => {
          unsaved.push(path)
          terminal.notice(systemFailure(`The model ${path} cannot be saved`, error).message)
        })
      },
    })
    return { result, unsaved }
  } catch (error) {
    const [done, all] = [[...finished.values()].flat().length, models.length * seeds.length]
    if (done > 0) {
      const rows = models.map(({ model, plan: { model: built } }) =>
        modelResult(model, built.parameterCount, finished.get(model)!),
      )
      terminal.block(`\nFinished before that, ${done} of ${plural(all, 'run')}:\n\n${resultTable(rows)}\n`)
    }
    if (error instanceof Interruption) {
      terminal.notice(`${done} of ${plural(all, 'run')} finished, the rest was stopped.`)
      const last = recording?.lastId()
      if (recording && all > 1)
        terminal.notice(`Go on with: ${resumeCommand(process.argv.slice(2), process.env)}`)
      else if (last) terminal.notice(`Go on with: heddle resume ${last}`)
    }
    throw error
  } finally {
    stopSaying()
  }
}

/** Flags and variables in place of what the file says. */
function withSettings(experiment: ExperimentSpec, { epochs, batchSize }: Given): ExperimentSpec {
  const { train, overrides } = experiment
  const given = { ...(epochs && { epochs }), ...(batchSize && { batchSize }) }
  return {
    ...experiment,
    train: { ...train, ...given },
    overrides: Object.fromEntries(
      Object.entries(overrides).map(([model, options]) => [model, { ...options, ...given }]),
    ),
  }
}

function announce(
  terminal: Terminal,
  { plan, backend, chosen = [] }: Pick<Job, 'plan' | 'backend'> & Pick<LoadedExperiment, 'chosen'>,
): void {
  const { experiment, data, seeds, models } = plan
  const options = models.map(({ plan: { spec } }) => spec)
  const epochs = range(options.map(train => train.epochs))
  const batchSize = range(options.map(train => train.batchSize))
  const validation = data.validation ? `, ${count(data.validation.count)} validation` : ''
  const images = `${count(data.train.labels.length)} training${validation} and ${count(data.test.labels.length)} test images`
  const runs = `${plural(models.length, 'model')} × ${plural(seeds.length, 'seed')}`
  const lines = [
    ['Experiment', experiment.name],
    [
      'Data',
      `${data.name} ${shortFingerprint(data.fingerprint)}: ${images}, ${data.imageShape.join(' × ')}, ${plural(data.classNames.length, 'class', 'classes')}`,
    ],
    ['Engine', backend.description],
    [
      'Training',
      [
        `${runs} × ${epochs} ${epochs === '1' ? 'epoch' : 'epochs'}, batch size ${batchSize}`,
        ...settingsOf(options),
      ].join(', '),
    ],
  ] as const
  for (const [name, text] of lines) terminal.log({ text: name.padEnd(12), style: 'dim' }, { text })
  if (chosen.length > 0) {
    terminal.log()
    terminal.log({ text: 'Chosen for this folder:' })
  }
  for (const [name, text] of chosen) terminal.log({ text: `  ${name.padEnd(10)}`, style: 'dim' }, { text })
  terminal.log()
}

/** What to do after a first training. */
function suggestNext(terminal: Terminal, folder: string, [height, width]: Dataset['imageShape']): void {
  // Only pictures of one size are left as they are where no size is given.
  const size = height === width ? ` --image-size ${height}` : ''

  const commands = [
    ['heddle evaluate last', 'how good it is for each class, and where it fails'],
    ['heddle predict last photo.jpg', 'what it makes of another photo'],
    ['heddle explain last --out why', 'what in the photos is evidence for a class'],
    [`${commandLine(['data', 'audit', folder])}${size}`, 'copies, odd photos and doubtful labels'],
    ['heddle studio', 'all of it in the browser, and other networks: New run'],
  ] as const
  terminal.log()
  terminal.log({ text: 'Go on with:' })
  const wide = Math.max(...commands.map(([command]) => command.length))
  for (const [command, what] of commands)
    terminal.log({ text: `  ${command.padEnd(wide + 2)}` }, { text: what, style: 'dim' })
}

/** `8`, or `10 to 20` where the models differ. */
function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low === high ? `${low}` : `${low} to ${high}`
}

/** What is worth a word: the rest is as it usually is. */
function settingsOf(options: readonly TrainSpec[]): readonly string[] {
  const changes = new Set(options.flatMap(({ augmentation }) => augmentation.map(({ kind }) => kind)))
  return [...(options.some(({ pixelRange }) => pixelRange === 'raw') ? ['pixels 0 to 255'] : []), ...changes]
}
