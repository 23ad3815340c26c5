import { loadDataset } from '../../data/source.ts'
import { toJson } from '../../protocol/json.ts'
import { experimentOf, type RunSource, withoutLogs } from '../../runs/described-run.ts'
import { resumeRun } from '../../runs/resume.ts'
import { UsageError } from '../../spec/errors.ts'
import { systemClock } from '../../train/clock.ts'
import { buildNamed } from '../../train/run-experiment.ts'
import { chooseEngine } from '../choose-engine.ts'
import { Interruption, interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading } from '../loading.ts'
import { runName } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { TrainingProgress } from '../progress.ts'
import { Problems, policyOf } from '../recording.ts'
import { type RunFlags, resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export type ResumeFlags = Pick<RunFlags, 'threads' | 'backend' | 'dataDir' | 'checkpointSteps' | 'json'>

/** `heddle resume`: trains an interrupted run to its end. */
export async function resume(wanted: string, flags: ResumeFlags, terminal: Terminal): Promise<void> {
  const settings = resolveSettings(flags, process.env)
  const backend = chooseEngine(settings, terminal)
  await withStore(async store => {
    const id = await store.find(await runName(wanted))
    const run = await store.run(id)
    // Before data is loaded for nothing.
    if (run.status === 'finished')
      throw new UsageError(`The run ${id} is finished: there is nothing to resume.`)
    const { spec, source } = await store.detail(id)
    const { baseDir, dataDir } = source as RunSource
    const recorded = experimentOf(spec, run.model)
    // An archive may come from strangers: what it names is not written to.
    const isImported = (await store.happenings(id)).some(({ kind }) => kind === 'imported')
    const experiment = isImported ? withoutLogs(recorded) : recorded
    await interruptible(async signal => {
      const options = { dataDir: flags.dataDir ?? dataDir ?? undefined, baseDir, ...tellLoading(terminal) }
      const data = await unlessAborted(signal, loadDataset(experiment.data, options))
      const model = {
        name: run.model,
        ...buildNamed(run.model, experiment.models[run.model]!, data.imageShape),
      }
      const plan = { models: [model], runsPerModel: 1 }
      const progress = new TrainingProgress(terminal, { plan, clock: systemClock })
      const problems = new Problems(terminal)
      const policy = policyOf(settings)
      try {
        const result = await resumeRun({
          store,
          run,
          experiment,
          data,
          backend,
          policy,
          signal,
          onNotice: message => terminal.notice(message),
          onProblem: problems.tell,
          onEvent: (event, which) => progress.onEvent(event, which),
        })
        progress.onRun(run.model, result)
        if (flags.json) terminal.print(toJson({ id, ...result }, 2))
      } catch (error) {
        if (error instanceof Interruption) terminal.notice(`Stopped. Go on with: heddle resume ${id}`)
        throw error
      }
      problems.check()
    })
  })
}
