import { once } from 'node:events'
import { UsageError } from '../../base/errors.ts'
import { Interruption } from '../../base/interruption.ts'
import { boundedJson } from '../../base/json.ts'
import { ownVersion } from '../../base/version.ts'
import type { TrainEvent } from '../../protocol/events.ts'
import { failureOf } from '../../protocol/failure.ts'
import { toJson } from '../../protocol/json.ts'
import { parseTask, type RunName, type TaskEvent, type TaskOf } from '../../protocol/tasks.ts'
import { runTask } from '../../runs/tasks.ts'
import { interruptSelf } from '../../store/process-identity.ts'
import { parseExperiment } from '../../train/experiment.ts'
import type { ValuesOf } from '../command.ts'
import { type Context, command } from '../command.ts'
import { withStore } from '../named-run.ts'
import { chooseEngine, engineOptions, trainingEngine } from '../options.ts'
import { progressOfOne } from '../progress.ts'
import { publish } from '../publish-task.ts'
import { doRuns } from '../run-task.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'

/** An experiment with many corrected labels is long. */
const MAX_TASK = 64_000_000

export default command({
  summary: 'do one task that stdin holds as JSON',
  description:
    'Do one task, given as JSON on stdin. Its events go to the process that started this one (IPC), or to stdout as lines of ' +
    'JSON; the log of a training goes to stderr. HEDDLE_STORE and HEDDLE_DATA name the store and the data.',
  options: engineOptions,
  examples: [['heddle task < task.json', 'what the studio starts for a training, an evaluation or an audit']],
  run: work,
})

async function work(given: ValuesOf<typeof engineOptions>, { terminal }: Context): Promise<void> {
  let log: ReturnType<typeof logOn> | null = null
  try {
    const task = parseTask(await readTask())
    const isTraining = task.kind === 'job' || task.kind === 'train' || task.kind === 'resume'
    const isWriting = isTraining || task.kind === 'work'
    // A training goes on without the studio; an answer that no process waits for is of no use.
    if (isTraining) log = logOn(terminal)
    else process.once('disconnect', interruptSelf)
    const backend = (isTraining ? trainingEngine : chooseEngine)(given, terminal)
    if (task.kind === 'runs') {
      await interruptible(signal => doRuns(task, { backend, signal, onEvent: answer, ask: asking(task) }))
      await answer({ type: 'result', value: null })
      return
    }
    const onEvent = (event: TaskEvent): void => {
      log?.onEvent(event)
      void answer(event)
    }
    const value = await interruptible(signal =>
      withStore(
        async store => {
          const context = { store, backend, version: ownVersion(), signal, onEvent }
          if (task.kind === 'publish') return publish(task, context)
          return runTask(task, { ...context, onTraining: log?.onTraining })
        },
        { make: isWriting },
      ),
    )
    await answer({ type: 'result', value })
  } catch (error) {
    if (error instanceof Interruption) log?.onStop()
    await answer({ type: 'failed', error: failureOf(error) })
    // The process that asked shows it, where it is there.
    if (log || !process.connected) throw error
  } finally {
    process.off('disconnect', interruptSelf)
    if (process.connected) process.disconnect()
  }
}

async function readTask(): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  try {
    return boundedJson(Buffer.concat(parts).toString(), MAX_TASK)
  } catch (error) {
    throw new UsageError(`The task is not JSON: ${(error as Error).message}.`)
  }
}

/** Resolves when the event is out: the process may end then. */
function answer(event: TaskEvent): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => resolve()
    if (process.connected) process.send!(event, undefined, undefined, done)
    else if (process.send) done()
    else process.stdout.write(`${toJson(event)}\n`, done)
  })
}

/** The runs that the process which started this one hands out; all of the task, if no process did. */
function asking({ experiment, seeds }: TaskOf<'runs'>): () => Promise<RunName | null> {
  if (!process.connected) {
    const { models } = parseExperiment(experiment, 'The experiment')
    const all = Object.keys(models).flatMap(model => seeds.map(seed => ({ model, seed })))
    return async () => all.shift() ?? null
  }
  return async () => {
    const answered = once(process, 'message') as Promise<[{ readonly run: RunName | null }]>
    await answer({ type: 'next' })
    return (await answered)[0].run
  }
}

function logOn(terminal: Terminal) {
  let progress: ReturnType<typeof progressOfOne> | null = null
  let run: string | null = null
  return {
    onStop(): void {
      if (run !== null) terminal.notice(`Stopped. Go on with: heddle resume ${run}`)
    },
    onEvent(event: TaskEvent): void {
      if (event.type === 'notice') terminal.notice(event.text)
      if (event.type === 'progress') terminal.log({ text: event.text })
      if (event.type !== 'started') return
      run = event.run
      terminal.log({ text: `Run ${run}` })
    },
    onTraining(event: TrainEvent, of: { readonly model: string; readonly seed: number }): void {
      progress ??= progressOfOne(of.model, terminal)
      progress.onEvent(event, of)
    },
  }
}
