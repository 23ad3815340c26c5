import { systemClock } from '../../base/clock.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { loadDataset } from '../../data/source.ts'
import { toJson } from '../../protocol/json.ts'
import { experimentOf, type RunSource, withoutLogs } from '../../runs/described.ts'
import { differences, weightsDistance } from '../../runs/diff.ts'
import { buildNamed, runExperiment } from '../../train/run-experiment.ts'
import { chooseEngine } from '../choose-engine.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { tellLoading } from '../loading.ts'
import { namedRun } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import { TrainingProgress } from '../progress.ts'
import { openRecording } from '../recording.ts'
import { type RunFlags, resolveSettings } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export type RepeatFlags = Pick<RunFlags, 'threads' | 'backend' | 'dataDir' | 'json'>

/** What two runs of one configuration may differ in without the repetition being another thing. */
const outcomes = ['results', 'code']

/** `heddle repeat`: runs a finished run again and says whether its weights are the same to the bit. */
export async function repeat(wanted: string, flags: RepeatFlags, terminal: Terminal): Promise<void> {
  const settings = resolveSettings(flags, process.env)
  const backend = chooseEngine(settings, terminal)
  await withStore(async store => {
    const id = await namedRun(store, wanted)
    const run = await store.run(id)
    if (run.status !== 'finished')
      throw new UsageError(`The run ${id} is ${run.status}: only a finished run can be repeated.`)
    const { spec, source: recorded } = await store.detail(id)
    const source = { ...(recorded as RunSource), ...(flags.dataDir && { dataDir: flags.dataDir }) }
    const experiment = withoutLogs(experimentOf(spec, run.model))
    const again = await interruptible(async signal => {
      const { baseDir, dataDir } = source
      const loading = loadDataset(experiment.data, {
        baseDir,
        dataDir: dataDir ?? undefined,
        ...tellLoading(terminal),
      })
      const data = await unlessAborted(signal, loading)
      const recording = await openRecording(
        { experiment, data, backend, settings, source, origins: {}, signal },
        terminal,
      )
      const model = {
        name: run.model,
        ...buildNamed(run.model, experiment.models[run.model]!, data.imageShape),
      }
      const progress = new TrainingProgress(terminal, {
        plan: { models: [model], runsPerModel: 1 },
        clock: systemClock,
      })
      try {
        await runExperiment(experiment, data, {
          seeds: [run.seed],
          backend,
          signal,
          follow: recording.follow,
          onNotice: message => terminal.notice(message),
          onEvent: (event, which) => progress.onEvent(event, which),
          onRun: (name, result) => progress.onRun(name, result),
        })
        recording.check()
        return recording.lastId()!
      } finally {
        await recording.close()
      }
    })
    const found = await differences(store, id, again)
    const distance = await weightsDistance(store, id, again)
    const identical = !found.some(
      ({ of, name }) => of === 'results' && ['weights', 'predictions'].includes(name),
    )
    const causes = found.filter(({ of, name }) => !outcomes.includes(of) && name !== 'threads')
    if (flags.json) terminal.print(toJson({ run: id, again, identical, distance, differences: found }, 2))
    else if (identical)
      terminal.print(`${again} repeats ${id}: weights and predictions are identical to the bit.`)
    if (identical) return
    const why = causes.map(({ of, name, a, b }) => `${of}: ${name} was ${show(a)}, is ${show(b)}`)
    throw new HeddleError(
      `${again} does not repeat ${id}: the weights differ by up to ${distance ?? 'an unknown amount'}. ` +
        (why.length > 0
          ? `What differs:\n${why.join('\n')}`
          : 'Nothing that they follow from differs: this is a defect of Heddle, or of the machine.'),
    )
  })
}
