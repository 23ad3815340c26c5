import { Interruption } from '../base/interruption.ts'
import { plural } from '../base/text.ts'
import type { Backend } from '../engine/backend.ts'
import type { ExperimentResult, RunResult } from '../protocol/results.ts'
import type { RunName } from '../protocol/tasks.ts'
import type { RunSource } from '../runs/described.ts'
import { withoutToken } from '../runs/worker-process.ts'
import {
  aboutDataOf,
  type ExperimentPlan,
  experimentResult,
  modelResult,
  runPlan,
} from '../train/run-experiment.ts'
import type { Origins } from './option.ts'
import { progressOf } from './progress.ts'
import { openRecording } from './recording.ts'
import { resultTable } from './results.ts'
import { trainInProcesses } from './run-processes.ts'
import { savedPath, saveRun } from './saving.ts'
import { SideBySide } from './side-by-side.ts'
import { sayStopping, type Terminal } from './terminal.ts'
import { resumeCommand } from './typed-command.ts'

/** What a command trains, and how. */
export interface RunsJob {
  readonly plan: ExperimentPlan
  readonly backend: Backend
  readonly given: Settings
  readonly source: RunSource
  /** Those of the options; with `--seeds`, its origin is that of the seed. */
  readonly origins: Origins
  readonly workers: number
  readonly signal: AbortSignal
}

/** Options of `heddle run` that say what becomes of its runs. */
interface Settings {
  readonly record: boolean
  readonly resume: boolean
  readonly checkpointSteps?: number | undefined
  readonly tensorboard?: string | undefined
  readonly save?: string | undefined
  readonly user?: string | undefined
}

interface Trained {
  readonly result: ExperimentResult
  /** The files of models that could not be saved. */
  readonly unsaved: readonly string[]
  /** All is trained, but not all of it could be recorded. */
  readonly problem: Error | null
}

/** What is known of a training while it goes on. */
interface Session {
  /** Called with every run that has finished, and the file of its model if that could not be saved. */
  readonly onFinished: (run: RunName, result: RunResult, unsaved: string | null) => void
  /** The run that was begun last, where this process records it. */
  lastId: () => string | null
}

/** Trains what is planned. What had finished when it fails or is stopped is shown before the error goes on. */
export async function trainRuns(job: RunsJob, terminal: Terminal): Promise<Trained> {
  const { seeds, models } = job.plan
  const unsaved: string[] = []
  const finished = new Map(models.map(({ model }) => [model, [] as RunResult[]]))
  const session: Session = {
    onFinished({ model }, result, path) {
      finished.get(model)!.push(result)
      if (path !== null) unsaved.push(path)
    },
    lastId: () => null,
  }
  const stopSaying = sayStopping(job.signal, terminal)
  try {
    const trained = await (job.workers === 1 ? trainHere : trainByWorkers)(job, terminal, session)
    return { ...trained, unsaved }
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
      const last = session.lastId()
      if (job.given.record && all > 1)
        terminal.notice(`Go on with: ${resumeCommand(process.argv.slice(2), process.env, job.origins)}`)
      else if (last) terminal.notice(`Go on with: heddle resume ${last}`)
    }
    throw error
  } finally {
    stopSaying()
  }
}

async function trainHere(
  { plan, backend, given, source, origins, signal }: RunsJob,
  terminal: Terminal,
  session: Session,
): Promise<Omit<Trained, 'unsaved'>> {
  const { save, resume, record } = given
  const { experiment } = plan
  const recording = record
    ? await openRecording({ ...given, experiment, backend, source, origins, signal }, terminal)
    : null
  if (recording) session.lastId = recording.lastId
  const listeners = progressOf(terminal, plan)
  try {
    const result = await runPlan(plan, {
      ...{ backend, signal, follow: recording?.follow, baseDir: source.baseDir },
      ...listeners,
      async onRun(model, run, network) {
        listeners.onRun(model, run)
        const name = { model, seed: run.seed }
        const path = save === undefined ? null : savedPath(save, name)
        const { onNotice } = listeners
        session.onFinished(name, run, path && (await saveRun(network, path, { resume, onNotice })))
      },
    })
    return { result, problem: recording?.problem() ?? null }
  } finally {
    await recording?.close()
  }
}

async function trainByWorkers(
  { plan, backend, given, source, origins, workers, signal }: RunsJob,
  terminal: Terminal,
  session: Session,
): Promise<Omit<Trained, 'unsaved'>> {
  const { experiment, seeds } = plan
  for (const notice of aboutDataOf(plan)) terminal.notice(notice)
  const progress = new SideBySide(terminal, plan)
  const { record, resume, checkpointSteps = null, tensorboard = null, save = null } = given
  const { runs, problem } = await trainInProcesses(plan, {
    task: {
      ...{ kind: 'runs', experiment, seeds, ...source, origins },
      ...{ record, resume, checkpointSteps, tensorboard, save },
    },
    env: {
      ...withoutToken(process.env),
      ...{ HEDDLE_BACKEND: backend.name, HEDDLE_THREADS: String(backend.threads) },
      ...(given.user !== undefined && { HEDDLE_USER: given.user }),
    },
    ...{ workers, signal },
    onEvent(event, worker) {
      if (event.type === 'run') session.onFinished(event.run, event.result, event.unsaved)
      progress.onEvent(event, worker)
    },
  })
  return { result: experimentResult(plan, runs, backend), problem }
}
