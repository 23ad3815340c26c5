import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { integer } from '../../base/schema.ts'
import { ownVersion } from '../../base/version.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { toJson } from '../../protocol/json.ts'
import { threadsOfEach } from '../../runs/worker-pool.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { LEAST_SIDE } from '../../train/photo-experiment.ts'
import { filesOfRuns, planExperiment } from '../../train/run-experiment.ts'
import { announce } from '../announce.ts'
import { command, off, on, option, type ValuesOf } from '../command.ts'
import { namedExperiment } from '../load-experiment.ts'
import { loading } from '../loading.ts'
import {
  backbone,
  checkpointSteps,
  dataOptions,
  engineOptions,
  experimentArgument,
  jsonOption,
  modelOption,
  resume,
  seedOptions,
  seedsOf,
  skipUnreadable,
  trainingEngine,
  userOption,
} from '../options.ts'
import { outputFolder } from '../output-paths.ts'
import { conditions, resultTable } from '../results.ts'
import { savedPath } from '../saving.ts'
import { interruptible, type Terminal } from '../terminal.ts'
import { trainRuns } from '../train-runs.ts'
import { commandLine } from '../typed-command.ts'

const options = {
  model: modelOption,
  ...seedOptions,
  epochs: option(integer(), {
    help: 'passes over the training images, instead of what the experiment says',
    variable: 'HEDDLE_EPOCHS',
  }),
  batchSize: option(integer(), 'images in a step, instead of what the experiment says'),
  ...engineOptions,
  workers: option(integer(), {
    help: 'train this many runs side by side, each in a process; they share the cores',
    variable: 'HEDDLE_WORKERS',
    fallback: 1,
  }),
  ...dataOptions,
  record: off('do not record the runs in the run store (HEDDLE_STORE; default: .heddle)'),
  user: userOption,
  resume,
  checkpointSteps,
  tensorboard: option(outputFolder, {
    value: 'folder',
    help: 'also write events for TensorBoard, while training',
  }),
  save: option(outputFolder, {
    value: 'folder',
    help: 'write the trained models there: <model>-<seed>.safetensors',
  }),
  imageSize: option(integer(undefined, { min: LEAST_SIDE }), {
    help: 'stretch the images of a folder to n × n',
    otherwise: '64, or less for small ones',
  }),
  backbone,
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
    const workers = workersFor(experiment, { seeds, wanted: given.workers }, terminal)
    const threads = given.threads ?? (workers > 1 ? threadsOfEach(workers) : undefined)
    const backend = trainingEngine({ ...given, threads }, terminal)
    await interruptible(async signal => {
      const { dataDir } = given
      const data = await loading({ terminal, dataDir }, options =>
        loadDataset(experiment.data, { ...options, baseDir }),
      )
      const plan = planExperiment(experiment, data, { seeds, resume: given.resume })
      announce(terminal, { plan, backend, workers, ...(chosen && { chosen }) })
      const source = { baseDir, dataDir: dataDir ? resolve(dataDir) : null }
      const known = { ...origins, ...(origins.seeds && { seed: origins.seeds }) }
      const job = { plan, backend, given, source, origins: known, workers, signal }
      const { result, unsaved, problem } = await trainRuns(job, terminal)
      if (given.json) terminal.print(toJson(result, 2))
      else {
        terminal.log()
        terminal.print(resultTable(result.models, terminal.columns))
        terminal.print(`\n${conditions(result, { backend: backend.description, version: ownVersion() })}`)
      }
      if (chosen && !given.json && given.record) suggestNext(terminal, wanted, data.imageShape)
      if (problem) throw problem
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
  const paths = Object.keys(models).flatMap(model => seeds.map(seed => savedPath(save, { model, seed })))
  const taken = paths.find(path => existsSync(path))
  if (taken === undefined) return
  throw new UsageError(
    `--save: the file ${taken} exists and is not replaced; nothing was trained. Name another folder, or remove the file.`,
  )
}

/** As many processes as are wanted and have a run to train. */
function workersFor(
  experiment: ExperimentSpec,
  { seeds, wanted }: { readonly seeds: readonly number[]; readonly wanted: number },
  terminal: Terminal,
): number {
  const workers = Math.min(wanted, seeds.length * Object.keys(experiment.models).length)
  const paths = filesOfRuns(experiment, seeds).map(({ path }) => path)
  const shared = paths.find((path, i) => paths.indexOf(path) < i)
  if (workers === 1 || shared === undefined) return workers
  terminal.notice(
    `Several runs append to the file ${shared}: they are trained one after the other, not by ${workers} workers.`,
  )
  return 1
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
