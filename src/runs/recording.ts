import type { Backend } from '../engine/backend.ts'
import { interruptSelf } from '../store/process-identity.ts'
import type { RunStore } from '../store/store.ts'
import type { Checkpoint } from '../train/checkpoint.ts'
import type { ExperimentSpec } from '../train/experiment.ts'
import type { EarlierRun, FollowedRun } from '../train/run-experiment.ts'
import { describeRun, type Origin, type RunSource } from './described.ts'
import { earlierRun, finishedRun } from './earlier.ts'
import { codeIn, environmentOf } from './environment.ts'
import { Problems } from './problems.ts'
import { type CheckpointPolicy, Recorder } from './record.ts'
import { takeUp } from './resume.ts'

export interface RecordingOptions {
  /** As it is run: flags and variables are in it. */
  readonly experiment: ExperimentSpec
  readonly backend: Backend
  /** The version of Heddle. */
  readonly version: string
  readonly policy: CheckpointPolicy
  readonly source: RunSource
  readonly origins: Readonly<Record<string, Origin>>
  readonly signal: AbortSignal
  /** Take what the store has of these runs: the result of finished ones, the place where others stopped. */
  readonly resume?: boolean | undefined
  readonly onNotice: (message: string) => void
}

/** Records the runs of an experiment, each from its start: `runExperiment` asks its `follow` before every run. */
export async function recordingIn(store: RunStore, options: RecordingOptions) {
  const { experiment, backend, version, policy, source, origins, signal, onNotice } = options
  const code = await codeIn(source.baseDir)
  const environment = environmentOf(backend, { version, code })
  const problems = new Problems(onNotice)
  let last: string | null = null
  return {
    async follow({ model, network, plan }: FollowedRun): Promise<Recorder | EarlierRun> {
      const { seed } = plan
      const start = describeRun({ experiment, model, plan }, { source, origins, environment })
      const earlier = options.resume ? await earlierRun(store, start) : null
      const name = `${experiment.name}/${model}, seed ${seed}`
      if (earlier?.status === 'finished') {
        const finished = await finishedRun(store, earlier, { plan, backend })
        if (finished) {
          onNotice(`${name} was finished before: run ${earlier.id}.`)
          return finished
        }
      }
      let from: Checkpoint | undefined
      let id: string
      if (earlier && earlier.status !== 'finished') {
        id = earlier.id
        const one = { ...experiment, models: { [model]: experiment.models[model]! } }
        from = await takeUp({ store, run: earlier, experiment: one, backend, onNotice })
        onNotice(`${name} goes on from step ${from?.train.step ?? 0}: run ${id}.`)
      } else {
        id = await store.start(start)
        if (code?.diff) await store.putArtefact(id, 'code.patch', [Buffer.from(code.diff)])
      }
      last = id
      return new Recorder({
        ...{ store, id, network, plan, policy, from, signal },
        ...{ onProblem: problems.tell, onStop: interruptSelf },
      })
    },
    /** The run that was begun last; `null` before the first. */
    lastId: () => last,
    problems,
  }
}
