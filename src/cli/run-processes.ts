import type { RunResult } from '../protocol/results.ts'
import type { RunName, TaskEvent, TaskOf } from '../protocol/tasks.ts'
import { startWorker, type Worker } from '../runs/worker-process.ts'
import type { ExperimentPlan } from '../train/run-experiment.ts'

export interface RunProcessesOptions {
  readonly workers: number
  readonly task: TaskOf<'runs'>
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Called with the events of each worker, which is a number from 0. */
  readonly onEvent: (event: TaskEvent, worker: number) => void
}

export interface ProcessesResult {
  /** By model, in the order of the seeds. */
  readonly runs: ReadonlyMap<string, readonly RunResult[]>
  /** All is trained, but a worker could not record or end as it should. */
  readonly problem: Error | null
}

/**
 * Trains the runs of an experiment side by side, each worker one after the other. The first error stops the other workers, which then
 * can be continued. Throws that error, or the signal's reason.
 */
export async function trainInProcesses(
  { models, seeds }: ExperimentPlan,
  { workers: count, task, env, signal, onEvent }: RunProcessesOptions,
): Promise<ProcessesResult> {
  const names = models.flatMap(({ model }) => seeds.map(seed => ({ model, seed })))
  const waiting: RunName[] = [...names]
  const results = new Map<string, RunResult>()
  const key = ({ model, seed }: RunName): string => `${model} ${seed}`
  const workers: Worker[] = []
  const stopAll = (): void => {
    waiting.length = 0
    for (const worker of workers) worker.stop()
  }
  for (let place = 0; place < count; place++) {
    const worker = startWorker(task, {
      env,
      onEvent(event) {
        if (event.type === 'next') worker.send({ run: waiting.shift() ?? null })
        if (event.type === 'run') results.set(key(event.run), event.result)
        onEvent(event, place)
      },
    })
    workers.push(worker)
  }
  signal.addEventListener('abort', stopAll)
  let problem: Error | null = null
  const onError = (error: Error): void => {
    if (problem === null) stopAll()
    problem ??= error
  }
  await Promise.all(workers.map(({ result }) => result.catch(onError)))
  signal.removeEventListener('abort', stopAll)
  if (results.size < names.length) throw signal.aborted ? signal.reason : problem
  const runs = new Map(
    models.map(({ model }) => [model, seeds.map(seed => results.get(key({ model, seed }))!)] as const),
  )
  return { runs, problem }
}
