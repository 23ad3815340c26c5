import { type Clock, systemClock } from '../base/clock.ts'
import { unlessAborted } from '../base/interruption.ts'
import { loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { RunName, TaskEvent, TaskOf } from '../protocol/tasks.ts'
import { parseExperiment } from '../train/experiment.ts'
import { planExperiment, trainRun } from '../train/run-experiment.ts'
import { openRecording } from './recording.ts'
import { savedPath, saveRun } from './saving.ts'

interface RunTaskContext {
  readonly backend: Backend
  readonly signal: AbortSignal
  readonly onEvent: (event: TaskEvent) => Promise<void>
  /** The run to train next. */
  readonly ask: () => Promise<RunName | null>
}

/** Does the task `runs`: trains one run after the other as `heddle run` does in a process of its own. */
export async function doRuns(
  { record, resume, tensorboard, checkpointSteps, save, baseDir, dataDir, ...task }: TaskOf<'runs'>,
  { backend, signal, onEvent, ask }: RunTaskContext,
): Promise<void> {
  const onNotice = (text: string): void => void onEvent({ type: 'notice', text })
  const experiment = parseExperiment(task.experiment, 'The experiment')
  const loading = { baseDir, dataDir: dataDir ?? undefined, onNotice }
  const data = await unlessAborted(signal, loadDataset(experiment.data, loading))
  const plan = planExperiment(experiment, data, { seeds: task.seeds, resume: true })
  const recording = record
    ? await openRecording(
        {
          ...{ experiment, backend, signal, resume, origins: task.origins, source: { baseDir, dataDir } },
          tensorboard: tensorboard ?? undefined,
          checkpointSteps: checkpointSteps ?? undefined,
        },
        { notice: onNotice },
      )
    : null
  try {
    const next = () => unlessAborted(signal, ask())
    for (let run = await next(); run; run = await next()) {
      const of = run
      let unsaved: string | null = null
      const result = await trainRun(plan, of, {
        ...{ backend, signal, onNotice, follow: recording?.follow, baseDir },
        onEvent: merging(event => void onEvent({ type: 'training', run: of, event }), systemClock),
        async onRun(_model, _result, network) {
          if (save !== null) unsaved = await saveRun(network, savedPath(save, of), { resume, onNotice })
        },
      })
      await onEvent({ type: 'run', run: of, result, unsaved })
    }
    recording?.check()
  } finally {
    await recording?.close()
  }
}

/** As often as a terminal is redrawn. */
const MERGED_MS = 100

type Step = TrainEvent & { readonly type: 'step' }

/** Passes events on, and steps that follow each other closely as one: its loss and accuracy are those of all their examples. */
export function merging(onEvent: (event: TrainEvent) => void, clock: Clock): (event: TrainEvent) => void {
  let waiting: Step | null = null
  let sentMs = clock()
  const flush = (): void => {
    if (waiting) onEvent(waiting)
    waiting = null
    sentMs = clock()
  }
  return event => {
    if (event.type !== 'step') {
      flush()
      onEvent(event)
      return
    }
    waiting = waiting ? together(waiting, event) : event
    if (clock() - sentMs >= MERGED_MS) flush()
  }
}

function together(before: Step, step: Step): Step {
  const batchSize = before.batchSize + step.batchSize
  const mean = (of: 'loss' | 'accuracy'): number =>
    (before[of] * before.batchSize + step[of] * step.batchSize) / batchSize
  return { ...step, batchSize, loss: mean('loss'), accuracy: mean('accuracy') }
}
