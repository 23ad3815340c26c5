import { systemFailure } from '../base/system-errors.ts'
import type { Backend } from '../engine/backend.ts'
import { describeRun, type Origin, type RunSource } from '../runs/described.ts'
import { earlierRun, finishedRun } from '../runs/earlier.ts'
import { codeIn, environmentOf } from '../runs/environment.ts'
import { Problems } from '../runs/problems.ts'
import { type CheckpointPolicy, Recorder, usualPolicy } from '../runs/record.ts'
import { takeUp } from '../runs/resume.ts'
import type { Checkpoint } from '../train/checkpoint.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import type { EarlierRun, FollowedRun, RunFollower } from '../train/run-experiment.ts'
import { openOwnStore } from './open-store.ts'
import type { Terminal } from './terminal.ts'
import { ownVersion } from './version.ts'

/** A command's runs in the run store. */
export interface Recording {
  readonly follow: (run: FollowedRun) => Promise<RunFollower | EarlierRun>
  /** The run that was begun last; `null` before the first. */
  lastId(): string | null
  close(): Promise<void>
  /** Throws a `HeddleError` where something could not be kept: the numbers are there, but the record is not whole. */
  check(): void
}

export interface RecordingOptions {
  /** As it is run: flags and variables are in it. */
  readonly experiment: ExperimentSpec
  readonly backend: Backend
  readonly checkpointSteps?: number | undefined
  readonly source: RunSource
  readonly origins: Readonly<Record<string, Origin>>
  readonly signal: AbortSignal
  /** Take what the store has of these runs: the result of finished ones, the place where others stopped. */
  readonly resume?: boolean | undefined
  /** Also write events there. */
  readonly tensorboard?: string | undefined
}

export function policyOf(checkpointSteps: number | undefined): CheckpointPolicy {
  return { ...usualPolicy, everySteps: checkpointSteps ?? null }
}

export async function openRecording(options: RecordingOptions, terminal: Terminal): Promise<Recording> {
  const { experiment, backend, source, origins, signal } = options
  const [store, code] = await Promise.all([openOwnStore(undefined, { make: true }), codeIn(source.baseDir)])
  const environment = environmentOf(backend, { version: ownVersion(), code })
  const problems = new Problems(message => terminal.notice(message))
  let last: string | null = null
  return {
    async follow({ model, network, plan }) {
      const { seed } = plan
      const start = describeRun({ experiment, model, plan }, { source, origins, environment })
      const earlier = options.resume ? await earlierRun(store, start) : null
      const name = `${experiment.name}/${model}, seed ${seed}`
      if (earlier?.status === 'finished') {
        const finished = await finishedRun(store, earlier, { plan, backend })
        if (finished) {
          terminal.notice(`${name} was finished before: run ${earlier.id}.`)
          return finished
        }
      }
      let from: Checkpoint | undefined
      let id: string
      if (earlier && earlier.status !== 'finished') {
        id = earlier.id
        const one = { ...experiment, models: { [model]: experiment.models[model]! } }
        const onNotice = (message: string): void => terminal.notice(message)
        from = await takeUp({ store, run: earlier, experiment: one, backend, onNotice })
        terminal.notice(`${name} goes on from step ${from?.train.step ?? 0}: run ${id}.`)
      } else {
        id = await store.start(start)
        if (code?.diff) await store.putArtefact(id, 'code.patch', [Buffer.from(code.diff)])
      }
      last = id
      const policy = policyOf(options.checkpointSteps)
      const recorder = new Recorder({
        store,
        id,
        network,
        plan,
        policy,
        from,
        signal,
        onProblem: problems.tell,
      })
      if (options.tensorboard === undefined) return recorder
      // Loads echarts and resvg, which only pictures need.
      const { LiveBoard, boardName } = await import('../tensorboard/index.ts')
      const { createdAt, configuration } = await store.run(id)
      const board = boardName({ experiment: experiment.name, model, seed, id })
      const run = { name: board, startedMs: createdAt, configuration, seed }
      const folder = options.tensorboard
      const open = () => new LiveBoard(folder, run, { network, plan })
      return both(recorder, open, problems.tell)
    },
    lastId: () => last,
    close: () => store.close(),
    check: () => problems.check(),
  }
}

type Board = Pick<RunFollower, 'onEvent' | 'onEnd' | 'onError'>

/** A board that cannot be written, or not even begun, ends no training. */
function both(recorder: RunFollower, open: () => Board, onProblem: (message: string) => void): RunFollower {
  let board: Board | null = null
  let broken = false
  const trying = async (work: (board: Board) => void | Promise<void>): Promise<void> => {
    if (broken) return
    try {
      board ??= open()
      await work(board)
    } catch (error) {
      broken = true
      onProblem(systemFailure("TensorBoard's events cannot be written; the training goes on", error).message)
    }
  }
  return {
    checkpoints: recorder.checkpoints,
    from: recorder.from,
    onNotice: message => recorder.onNotice(message),
    onEvent(event) {
      recorder.onEvent(event)
      void trying(board => board.onEvent(event))
    },
    async onEnd(run, outputs) {
      await recorder.onEnd(run, outputs)
      await trying(board => board.onEnd(run, outputs))
    },
    async onError(error) {
      await recorder.onError(error)
      await trying(board => board.onError(error))
    },
  }
}
