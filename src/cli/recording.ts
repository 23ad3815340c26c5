import { systemFailure } from '../base/system-errors.ts'
import { ownVersion } from '../base/version.ts'
import { type CheckpointPolicy, usualPolicy } from '../runs/record.ts'
import { type RecordingOptions as InStoreOptions, recordingIn } from '../runs/recording.ts'
import type { EarlierRun, FollowedRun, RunFollower } from '../train/run-experiment.ts'
import { openOwnStore } from './named-run.ts'
import type { Terminal } from './terminal.ts'

export interface RecordingOptions extends Omit<InStoreOptions, 'version' | 'policy' | 'onNotice'> {
  readonly checkpointSteps?: number | undefined
  /** See `StoreOptions`. */
  readonly user?: string | undefined
  /** Also write events there. */
  readonly tensorboard?: string | undefined
}

export function policyOf(checkpointSteps: number | undefined): CheckpointPolicy {
  return { ...usualPolicy, everySteps: checkpointSteps ?? null }
}

export async function openRecording(
  { checkpointSteps, tensorboard, user, ...options }: RecordingOptions,
  terminal: Pick<Terminal, 'notice'>,
) {
  const store = await openOwnStore(undefined, { make: true, user })
  const { follow, lastId, problems } = await recordingIn(store, {
    ...options,
    version: ownVersion(),
    policy: policyOf(checkpointSteps),
    onNotice: message => terminal.notice(message),
  })
  return {
    async follow(run: FollowedRun): Promise<RunFollower | EarlierRun> {
      const follower = await follow(run)
      if (tensorboard === undefined || 'result' in follower) return follower
      // Loads echarts and resvg, which only pictures need.
      const { LiveBoard, boardName } = await import('../tensorboard/index.ts')
      const { id, createdAt, configuration, experiment, model, seed } = await store.run(lastId()!)
      const name = boardName({ experiment, model, seed, id })
      const open = () => new LiveBoard(tensorboard, { name, startedMs: createdAt, configuration, seed }, run)
      return both(follower, open, problems.tell)
    },
    lastId,
    close: () => store.close(),
    /** Throws a `HeddleError` if something could not be kept: the numbers are there, but the record is not whole. */
    check: () => problems.check(),
    /** The same as a value; `null`: all is kept. */
    problem: () => problems.error(),
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
