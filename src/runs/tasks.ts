import { UsageError } from '../base/errors.ts'
import { Interruption, unlessAborted } from '../base/interruption.ts'
import { loadDataset, parseDataSource } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import type { Backend } from '../engine/backend.ts'
import { auditData } from '../insight/audit/index.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { failureOf } from '../protocol/failure.ts'
import { parseTask, type Task, type TaskEvent, type TaskOf } from '../protocol/tasks.ts'
import type { RunStore } from '../store/store.ts'
import { parseExperiment } from '../train/experiment.ts'
import { runExperiment } from '../train/run-experiment.ts'
import { compareRuns } from './compare.ts'
import { checkWritesNoFiles } from './described.ts'
import { evaluateRun } from './evaluate.ts'
import { mapOfRun } from './image-map.ts'
import { Problems } from './problems.ts'
import { usualPolicy } from './record.ts'
import { recordingIn } from './recording.ts'
import { resumeStored } from './resume.ts'
import { work } from './worker.ts'

/** What a worker process has to do a task with. */
export interface TaskContext {
  readonly store: RunStore
  readonly backend: Backend
  /** The version of Heddle, recorded with a run. */
  readonly version: string
  /** Ends a training at the next step that it can be resumed from, and everything else at once. */
  readonly signal: AbortSignal
  /** Called with a task's progress; what it returns is awaited after `started`. */
  readonly onEvent: (event: TaskEvent) => void | Promise<void>
  /** Called with every event of a training. */
  readonly onTraining?: ((event: TrainEvent, run: { model: string; seed: number }) => void) | undefined
}

/** What `runTask` does: `runs` and `publish` need what only the command line has. */
export type StoreTask = Exclude<Task, TaskOf<'runs' | 'publish'>>

/** Does a task; returns its result as a plain value. Throws a `HeddleError` that says why it could not be done. */
export async function runTask(task: StoreTask, context: TaskContext): Promise<unknown> {
  const work: (task: never, context: TaskContext) => Promise<unknown> = works[task.kind]
  return work(task as never, context)
}

const works: {
  readonly [K in StoreTask['kind']]: (task: TaskOf<K>, context: TaskContext) => Promise<unknown>
} = {
  async train({ experiment: json, seed }, { store, backend, version, signal, ...context }) {
    const experiment = parseExperiment(json, 'The experiment')
    checkWritesNoFiles(experiment)
    const data = await unlessAborted(signal, loadDataset(experiment.data, loadingOf(context)))
    const onNotice = (text: string): void => void context.onEvent({ type: 'notice', text })
    const source = { baseDir: store.folder, dataDir: null }
    const { follow, lastId, problems } = await recordingIn(store, {
      ...{ experiment, backend, version, source, signal, onNotice },
      ...{ policy: usualPolicy, origins: { seed: 'flag' } },
    })
    const result = await runExperiment(experiment, data, {
      ...{ seeds: [seed], backend, signal, onNotice, onEvent: context.onTraining, baseDir: source.baseDir },
      async follow(run) {
        const follower = await follow(run)
        const what = `Experiment ${experiment.name}, model ${run.model}, seed ${seed}`
        const text = `${what}: ${data.name}, ${backend.description}`
        await context.onEvent({ type: 'progress', text })
        await context.onEvent({ type: 'started', run: lastId()! })
        return follower
      },
    })
    problems.check()
    return result
  },

  async resume({ run: id }, { store, backend, signal, ...context }) {
    const problems = new Problems(text => void context.onEvent({ type: 'notice', text }))
    await context.onEvent({ type: 'started', run: id })
    const result = await resumeStored({
      store,
      run: await store.run(id),
      loading: loadingOf(context),
      backend,
      policy: usualPolicy,
      signal,
      onNotice: text => void context.onEvent({ type: 'notice', text }),
      onProblem: problems.tell,
      onEvent: context.onTraining ?? (() => {}),
    })
    problems.check()
    return result
  },

  evaluate: ({ run, worst, robustness }, { store, backend, signal, ...context }) =>
    unlessAborted(
      signal,
      evaluateRun(store, run, {
        backend,
        worst,
        robustness,
        loading: loadingOf(context),
        onProgress: (done, of) =>
          void context.onEvent({ type: 'progress', text: `Distorting the test images: ${done} of ${of}` }),
      }),
    ),

  compare: ({ runs }, { store, backend, signal }) =>
    unlessAborted(signal, compareRuns(store, runs, { backend })),

  async audit({ data: json }, { backend, signal, onEvent }) {
    const unreadable: { file: string; reason: string }[] = []
    const onUnreadable = (file: string, reason: string): void => void unreadable.push({ file, reason })
    const loading = loadDataset(parseDataSource(json), { ...loadingOf({ onEvent }), onUnreadable })
    const onProgress = (text: string): void => void onEvent({ type: 'progress', text: `Auditing: ${text} …` })
    return auditData(await unlessAborted(signal, loading), { backend, signal, unreadable, onProgress })
  },

  map: ({ run, ...question }, { store, backend, signal, ...context }) =>
    mapOfRun(store, run, {
      ...question,
      backend,
      signal,
      loading: loadingOf(context),
      onProgress: text => void context.onEvent({ type: 'progress', text }),
    }),

  job: ({ id }, context) => runJob(id, context),

  work: ({ study }, { store, backend, version, signal, onTraining, ...context }) =>
    work({
      ...{ store, backend, version, signal, onTraining, study: study ?? undefined },
      onEvent(event) {
        if (event.type === 'notice') void context.onEvent(event)
        // Progress is what a slice has reached: a pool replaces workers that die without any.
        if (event.type !== 'ended' && event.type !== 'cut') return
        void context.onEvent({ type: 'progress', text: `Trial ${event.slice.trial}` })
      },
    }),
}

const HEARTBEAT_MS = 10_000

/** Claims a job of the queue, does it, and says in the queue how it ended. `null`: it waits no longer, or another one is running. */
async function runJob(id: string, context: TaskContext): Promise<unknown> {
  const { queue } = context.store
  if (!(await queue.claim(id))) return null
  const tell = (error: Error): void => void context.onEvent({ type: 'notice', text: error.message })
  const heartbeat = setInterval(() => void queue.beat(id).catch(tell), HEARTBEAT_MS).unref()
  try {
    const task = parseTask(await queue.task(id))
    if (task.kind !== 'train' && task.kind !== 'resume')
      throw new UsageError(`The queue takes only trainings, not the task "${task.kind}".`)
    const result = await runTask(task, {
      ...context,
      async onEvent(event) {
        if (event.type === 'started') await queue.beat(id, event.run)
        await context.onEvent(event)
      },
    })
    await queue.end(id, 'done', null)
    return result
  } catch (error) {
    const isStopped = error instanceof Interruption
    await queue.end(id, isStopped ? 'stopped' : 'failed', isStopped ? null : failureOf(error).message)
    throw error
  } finally {
    clearInterval(heartbeat)
  }
}

/** Options that report a task's progress while data is loaded. */
function loadingOf({ onEvent }: Pick<TaskContext, 'onEvent'>): LoadOptions {
  let last = ''
  return {
    onNotice: text => void onEvent({ type: 'notice', text }),
    onProgress({ what }) {
      if (what !== last) void onEvent({ type: 'progress', text: `Loading ${what} …` })
      last = what
    },
  }
}
