import { loadDataset } from '../../data/source.ts'
import { backendNames, chooseBackend } from '../../engine/backends/choose.ts'
import type { ExperimentResult, RunResult } from '../../protocol/results.ts'
import { UsageError } from '../../spec/errors.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { runExperiment } from '../../train/run-experiment.ts'
import { dataProgress } from '../data-progress.ts'
import { Interrupted, interruptible } from '../interrupt.ts'
import { loadExperiment } from '../load-experiment.ts'
import { Progress } from '../progress.ts'
import { resultTable, runTable } from '../results.ts'
import { choice, type Flags, notice, pick, setting, wholeNumber } from '../settings.ts'
import { whole } from '../table.ts'

/** `heddle run`: trains every model of an experiment with every seed, tests it and prints the results. */
export async function run(experimentName: string, flags: Flags): Promise<void> {
  const seeds = seedsOf(flags)
  const epochs = wholeNumber(flags, 'epochs', { min: 1, variable: 'HEDDLE_EPOCHS' })
  const threads = wholeNumber(flags, 'threads', { min: 1, variable: 'HEDDLE_THREADS' })
  const backendName = choice(flags, 'backend', {
    choices: backendNames,
    fallback: 'auto',
    variable: 'HEDDLE_BACKEND',
  })
  const { spec, folder } = await loadExperiment(experimentName)
  const models = pick(spec.models, setting(flags, 'model')?.value)
  const train = epochs === undefined ? spec.train : { ...spec.train, epochs }
  const experiment: ExperimentSpec = { ...spec, models, train }
  checkLogFiles(experiment, seeds)

  const backend = chooseBackend(backendName, { ...(threads !== undefined && { threads }), onNotice: notice })
  const loading = dataProgress()
  const data = await loadDataset(spec.data, {
    baseDir: folder,
    dataDir: setting(flags, 'dataDir')?.value,
    onNotice: notice,
    onProgress: loading.onProgress,
  })
  loading.end()
  const { train: trainExamples, test } = data
  process.stderr.write(
    `${spec.name}: ${data.name} (${whole(trainExamples.labels.length)} train, ${whole(test.labels.length)} test, ` +
      `${data.fingerprint.slice(0, 12)}), ${backend.description}\n`,
  )

  const progress = new Progress({
    output: {
      isTTY: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
      columns: process.stderr.columns ?? 80,
      write: text => process.stderr.write(text),
    },
    runs: Object.keys(models).length * seeds.length,
  })
  const finished: { model: string; run: RunResult }[] = []
  const interrupt = interruptible(() => {
    progress.clear()
    notice('stopping after the step that is running; press Ctrl-C again to stop at once.')
  })
  let result: ExperimentResult
  try {
    result = await runExperiment(experiment, data, {
      seeds,
      backend,
      signal: interrupt.signal,
      onNotice: notice,
      onEvent: (event, which) => progress.onEvent(event, which),
      onRun: (model, one) => finished.push({ model, run: one }),
    })
  } catch (error) {
    progress.clear()
    if (error instanceof Interrupted) {
      const left = Object.keys(models).length * seeds.length - finished.length
      if (finished.length > 0) process.stderr.write(`\n${runTable(finished)}\n`)
      notice(`interrupted: ${finished.length} runs were finished, ${left} were not.`)
    }
    throw error
  } finally {
    interrupt.release()
  }
  process.stdout.write(
    flags.json ? `${JSON.stringify(result)}\n` : `\n${resultTable(result, backend.description)}\n`,
  )
}

function seedsOf(flags: Flags): readonly number[] {
  const count = wholeNumber(flags, 'seeds', { min: 1 })
  if (count === undefined) return [wholeNumber(flags, 'seed', { min: 0, variable: 'HEDDLE_SEED' }) ?? 1]
  if (flags.seed !== undefined)
    throw new UsageError('Give either --seed n (one run) or --seeds n (the seeds 1 to n).')
  return Array.from({ length: count }, (_, i) => i + 1)
}

/** Two runs must not write one file. */
function checkLogFiles({ models, train }: ExperimentSpec, seeds: readonly number[]): void {
  for (const callback of train.callbacks) {
    if (callback.kind !== 'csvLogger') continue
    const needed = [
      ...(Object.keys(models).length > 1 ? ['{model}'] : []),
      ...(seeds.length > 1 ? ['{seed}'] : []),
    ].filter(placeholder => !callback.path.includes(placeholder))
    if (needed.length > 0) {
      throw new UsageError(
        `csvLogger: every run would write ${callback.path}. Put ${needed.join(' and ')} into its path.`,
      )
    }
  }
}
