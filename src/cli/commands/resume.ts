import { systemClock } from '../../base/clock.ts'
import { loadDataset } from '../../data/source.ts'
import type { Backend } from '../../engine/backend.ts'
import { toJson } from '../../protocol/json.ts'
import type { RunResult } from '../../protocol/results.ts'
import { experimentOf, type RunSource, withoutLogs } from '../../runs/described.ts'
import { resumeRun } from '../../runs/resume.ts'
import type { Run } from '../../store/rows.ts'
import type { RunStore } from '../../store/store.ts'
import { buildNamed } from '../../train/run-experiment.ts'
import { chooseEngine } from '../choose-engine.ts'
import { Interruption, interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading } from '../loading.ts'
import { runName } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { TrainingProgress } from '../progress.ts'
import { Problems, policyOf } from '../recording.ts'
import { type RunFlags, type RunSettings, resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'
import { commandLine } from '../typed-command.ts'

export type ResumeFlags = Pick<RunFlags, 'threads' | 'backend' | 'dataDir' | 'checkpointSteps' | 'json'>

/** `heddle resume`: trains an interrupted run to its end, or all that a name means, one after the other. */
export async function resume(wanted: string, flags: ResumeFlags, terminal: Terminal): Promise<void> {
  const settings = resolveSettings(flags, process.env)
  const backend = chooseEngine(settings, terminal)
  await withStore(async store => {
    const name = await runName(wanted)
    const runs = await store.unfinished(name)
    const results: object[] = []
    const problems = new Problems(terminal)
    await interruptible(async signal => {
      for (const [i, run] of runs.entries()) {
        const { id } = run
        if (runs.length > 1)
          terminal.notice(
            `Run ${i + 1} of ${runs.length}: ${id} (${run.experiment}/${run.model}, seed ${run.seed}).`,
          )
        try {
          const result = await resumeOne({ store, run, flags, settings, backend, problems, signal }, terminal)
          results.push({ id, ...result })
        } catch (error) {
          if (error instanceof Interruption)
            terminal.notice(
              `Stopped. Go on with: ${runs.length > 1 ? commandLine(['resume', wanted]) : `heddle resume ${id}`}`,
            )
          throw error
        }
      }
    })
    if (flags.json) terminal.print(toJson(results.length === 1 ? results[0]! : results, 2))
    problems.check()
  })
}

interface Resumed {
  readonly store: RunStore
  readonly run: Run
  readonly flags: ResumeFlags
  readonly settings: RunSettings
  readonly backend: Backend
  readonly problems: Problems
  readonly signal: AbortSignal
}

async function resumeOne(
  { store, run, flags, settings, backend, problems, signal }: Resumed,
  terminal: Terminal,
): Promise<RunResult> {
  const { spec, source } = await store.detail(run.id)
  const { baseDir, dataDir } = source as RunSource
  const recorded = experimentOf(spec, run.model)
  // An archive may come from strangers: what it names is not written to.
  const isImported = (await store.happenings(run.id)).some(({ kind }) => kind === 'imported')
  const experiment = isImported ? withoutLogs(recorded) : recorded
  const options = { dataDir: flags.dataDir ?? dataDir ?? undefined, baseDir, ...tellLoading(terminal) }
  const data = await unlessAborted(signal, loadDataset(experiment.data, options))
  const model = { name: run.model, ...buildNamed(run.model, experiment.models[run.model]!, data.imageShape) }
  const plan = { models: [model], runsPerModel: 1 }
  const progress = new TrainingProgress(terminal, { plan, clock: systemClock })
  const result = await resumeRun({
    store,
    run,
    experiment,
    data,
    backend,
    policy: policyOf(settings),
    signal,
    onNotice: message => terminal.notice(message),
    onProblem: problems.tell,
    onEvent: (event, which) => progress.onEvent(event, which),
  })
  progress.onRun(run.model, result)
  return result
}
