import { HeddleError, UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { toJson } from '../../protocol/json.ts'
import { withoutLogs } from '../../runs/described.ts'
import { differences, weightsDistance } from '../../runs/diff.ts'
import { checkNoTrial, loadStoredData, storedRun } from '../../runs/stored.ts'
import { planExperiment, runPlan } from '../../train/run-experiment.ts'
import { command } from '../command.ts'
import { loading } from '../loading.ts'
import { namedRun, withStore } from '../named-run.ts'
import { engineOptions, jsonOption, runArgument, storedDataOptions, trainingEngine } from '../options.ts'
import { progressOf } from '../progress.ts'
import { openRecording } from '../recording.ts'
import { interruptible } from '../terminal.ts'

/** What two runs of one configuration may differ in without the repetition being another thing. */
const outcomes = ['results', 'code']

export default command({
  summary: 'train a run again and check that the result is identical',
  args: { run: runArgument },
  options: { ...engineOptions, ...storedDataOptions, ...jsonOption },
  examples: [['heddle repeat last', 'exit code 0: identical']],
  async run({ run: wanted, ...given }, { terminal }) {
    await withStore(async store => {
      const id = await namedRun(store, wanted)
      const run = await store.run(id)
      checkNoTrial(run)
      if (run.status !== 'finished')
        throw new UsageError(`The run ${id} is ${run.status}: only a finished run can be repeated.`)
      const backend = trainingEngine(given, terminal)
      const stored = await storedRun(store, run)
      const source = { ...stored.source, ...(given.dataDir && { dataDir: given.dataDir }) }
      const experiment = withoutLogs(stored.experiment)
      const again = await interruptible(async signal => {
        const data = await loading({ terminal, dataDir: given.dataDir }, options =>
          loadStoredData(stored, options),
        )
        const recording = await openRecording({ experiment, backend, source, origins: {}, signal }, terminal)
        try {
          const plan = planExperiment(experiment, data, { seeds: [run.seed] })
          await runPlan(plan, {
            backend,
            signal,
            baseDir: source.baseDir,
            follow: recording.follow,
            ...progressOf(terminal, plan),
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
      if (given.json) terminal.print(toJson({ run: id, again, identical, distance, differences: found }, 2))
      else if (identical)
        terminal.print(`${again} repeats ${id}: weights and predictions are identical to the bit.`)
      if (identical) return
      const why = causes.map(({ of, name, a, b }) => `${of}: ${name} was ${show(a)}, is ${show(b)}`)
      throw new HeddleError(
        `${again} does not repeat ${id}: the weights differ by up to ${distance ?? 'an unknown amount'}. ` +
          (why.length > 0
            ? `What differs:\n${why.join('\n')}`
            : 'Data, options, seed and machine are the same, so this is a defect of Heddle or of the machine.'),
      )
    })
  },
})
