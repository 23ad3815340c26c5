import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { systemFailure } from '../../base/system-errors.ts'
import { count, plural, shortFingerprint } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import type { Backend } from '../../engine/backend.ts'
import { saveModel } from '../../network/saved-model.ts'
import { toJson } from '../../protocol/json.ts'
import type { RunResult } from '../../protocol/results.ts'
import { type ExperimentSpec, trainingOf } from '../../train/experiment.ts'
import type { TrainSpec } from '../../train/options.ts'
import { buildNamed, modelResult, runExperiment } from '../../train/run-experiment.ts'
import { checkOutputFolder } from '../check-output.ts'
import { chooseEngine } from '../choose-engine.ts'
import { Interruption, interruptible, unlessAborted } from '../interrupt.ts'
import { type LoadedExperiment, loadExperiment, pickModels } from '../load-experiment.ts'
import { tellLoading } from '../loading.ts'
import { TrainingProgress } from '../progress.ts'
import { openRecording, type Recording } from '../recording.ts'
import { conditions, resultTable } from '../results.ts'
import { originsOf, type RunFlags, type RunSettings, resolveSettings } from '../settings.ts'
import { asAsked } from '../skip-unreadable.ts'
import type { Terminal } from '../terminal.ts'
import { commandLine, resumeCommand } from '../typed-command.ts'
import { ownVersion } from '../version.ts'

/** `heddle run`: trains an experiment's models and prints a table, or JSON. */
export async function run(wanted: string, flags: RunFlags, terminal: Terminal): Promise<void> {
  const settings = resolveSettings(flags, process.env)
  const { experiment: written, file, chosen } = await loadExperiment(wanted, process.cwd(), flags)
  const picked = withSettings(pickModels(written, flags.model), settings)
  const experiment = { ...picked, data: asAsked(picked.data, flags) }
  if (flags.printJson) {
    const base = dirname(file)
    if (base !== process.cwd()) terminal.notice(`Paths of its data are relative to ${base}: save it there.`)
    terminal.print(toJson(experiment, 2))
    return
  }
  const backend = chooseEngine(settings, terminal)
  if (flags.record === false && flags.tensorboard !== undefined) {
    throw new UsageError('--tensorboard writes what is recorded: leave --no-record out.')
  }
  if (flags.record === false && flags.resume)
    throw new UsageError('--resume goes on with recorded runs: leave --no-record out.')
  if (flags.save !== undefined) checkOutputFolder('--save', flags.save)
  if (!flags.resume) checkSaved(experiment, settings, flags.save)
  if (flags.tensorboard !== undefined) checkOutputFolder('--tensorboard', flags.tensorboard)

  await interruptible(async signal => {
    const loading = loadDataset(experiment.data, {
      dataDir: flags.dataDir,
      baseDir: dirname(file),
      ...tellLoading(terminal),
    })
    const data = await unlessAborted(signal, loading)
    announce(terminal, { experiment, data, backend, settings, ...(chosen && { chosen }) })
    const source = { baseDir: dirname(file), dataDir: flags.dataDir ? resolve(flags.dataDir) : null }
    const origins = originsOf(flags, process.env)
    const recording =
      flags.record === false
        ? null
        : await openRecording(
            {
              experiment,
              data,
              backend,
              settings,
              source,
              origins,
              signal,
              resume: flags.resume,
              tensorboard: flags.tensorboard,
            },
            terminal,
          )
    const unsaved: string[] = []
    const { save, resume } = flags
    const job = { experiment, data, backend, settings, save, resume, unsaved, recording }
    const result = await train(terminal, { ...job, signal }).finally(() => recording?.close())
    if (flags.json) terminal.print(toJson(result, 2))
    else {
      terminal.log()
      terminal.print(resultTable(result.models, terminal.columns))
      terminal.print(`\n${conditions(result, { backend: backend.description, version: ownVersion() })}`)
    }
    if (chosen && !flags.json && recording) goOn(terminal, wanted, data.imageShape)
    recording?.check()
    if (unsaved.length > 0)
      throw new HeddleError(`The training is done, but not saved: ${unsaved.join(', ')}.`)
  })
}

interface Job {
  readonly experiment: ExperimentSpec
  readonly data: Dataset
  readonly backend: Backend
  readonly settings: RunSettings
  /** The folder that trained models are kept in. */
  readonly save?: string | undefined
  readonly resume?: boolean | undefined
  /** Those that could not be. */
  readonly unsaved: string[]
  readonly recording?: Recording | null
}

function savedPath(folder: string, model: string, seed: number): string {
  return join(folder, `${model}-${seed}.safetensors`)
}

/** A trained model is never replaced: that it would be must not be found out after hours. */
function checkSaved({ models }: ExperimentSpec, { seeds }: RunSettings, folder: string | undefined): void {
  if (folder === undefined) return
  const paths = Object.keys(models).flatMap(model => seeds.map(seed => savedPath(folder, model, seed)))
  const taken = paths.find(path => existsSync(path))
  if (taken === undefined) return
  throw new UsageError(
    `--save: the file ${taken} exists and is not replaced; nothing was trained. Name another folder, or remove the file.`,
  )
}

/** Runs the experiment; what had finished when it fails or is stopped is shown before the error goes on. */
async function train(
  terminal: Terminal,
  {
    experiment,
    data,
    backend,
    settings,
    save,
    resume,
    unsaved,
    recording,
    signal,
  }: Job & { signal: AbortSignal },
) {
  const { seeds } = settings
  const models = Object.entries(experiment.models).map(([name, spec]) => ({
    name,
    ...buildNamed(name, spec, data.imageShape),
  }))
  const progress = new TrainingProgress(terminal, {
    plan: { models, runsPerModel: seeds.length },
    clock: systemClock,
  })
  const finished = new Map(models.map(({ name }) => [name, [] as RunResult[]]))
  const onAbort = (): void =>
    terminal.notice('Stopping after the current step. Press Ctrl-C again to stop at once.')
  signal.addEventListener('abort', onAbort)
  try {
    return await runExperiment(experiment, data, {
      seeds,
      backend,
      signal,
      resume,
      follow: recording?.follow,
      onNotice: message => terminal.notice(message),
      onEvent: (event, run) => progress.onEvent(event, run),
      async onRun(model, result, network) {
        finished.get(model)!.push(result)
        progress.onRun(model, result)
        if (save === undefined) return
        const { classNames, preparation } = data
        const { pixelRange } = trainingOf(experiment, model)
        const path = savedPath(save, model, result.seed)
        // Kept there when it was finished.
        if (resume && existsSync(path)) return
        // The other trainings go on: what is lost is one file, and with a record the run still has the model.
        await saveModel(path, network, {
          classNames,
          pixelRange,
          preparation,
        }).catch(error => {
          unsaved.push(path)
          terminal.notice(systemFailure(`The model ${path} cannot be saved`, error).message)
        })
      },
    })
  } catch (error) {
    const [done, all] = [[...finished.values()].flat().length, models.length * seeds.length]
    if (done > 0) {
      const rows = models.map(({ name, parameterCount }) =>
        modelResult(name, parameterCount, finished.get(name)!),
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
    signal.removeEventListener('abort', onAbort)
  }
}

/** Flags and variables in place of what the file says. */
function withSettings(experiment: ExperimentSpec, { epochs, batchSize }: RunSettings): ExperimentSpec {
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
  {
    experiment,
    data,
    backend,
    settings,
    chosen = [],
  }: Omit<Job, 'unsaved'> & Pick<LoadedExperiment, 'chosen'>,
): void {
  const models = Object.keys(experiment.models)
  const options = models.map(model => trainingOf(experiment, model))
  const epochs = range(options.map(train => train.epochs))
  const batchSize = range(options.map(train => train.batchSize))
  const validation = data.validation ? `, ${count(data.validation.labels.length)} validation` : ''
  const images = `${count(data.train.labels.length)} training${validation} and ${count(data.test.labels.length)} test images`
  const runs = `${plural(models.length, 'model')} × ${plural(settings.seeds.length, 'seed')}`
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

/** What a first training leads to. */
function goOn(terminal: Terminal, folder: string, [height, width]: Dataset['imageShape']): void {
  // Only pictures of one size are left as they are where no size is given.
  const size = height === width ? ` --image-size ${height}` : ''

  const commands = [
    ['heddle evaluate last', 'how good it is for each class, and where it fails'],
    ['heddle predict last photo.jpg', 'what it makes of another photo'],
    ['heddle explain last --out why', 'what in the photos speaks for a class'],
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
