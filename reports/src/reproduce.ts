import { join, relative, resolve } from 'node:path'
import {
  type Backend,
  buildNamed,
  type DataSource,
  type Dataset,
  type ExperimentSpec,
  HeddleError,
  loadDataset,
  type Model,
  trainingOf,
  UsageError,
} from 'heddle'
import {
  anyNumber,
  type Build,
  chooseEngine,
  command,
  dataOptions,
  engineOptions,
  Interruption,
  interruptible,
  loading,
  on,
  option,
  outputFolder,
  ownBuild,
  seedOptions,
  seedsOf,
  systemClock,
  type Terminal,
  TrainingProgress,
} from 'heddle/cli'
import { type DataTable, plural, tableText } from 'heddle/show'
import { exhibit } from './chapter.ts'
import { type Comparison, compare } from './comparison.ts'
import { conditionsOf } from './conditions.ts'
import { Exhibit } from './exhibit.ts'
import { experiments } from './experiments.ts'
import { findingsOf } from './findings/index.ts'
import { claimFolder, readRecord, writeRecord } from './folder.ts'
import { type Item, itemsOf, pickItems, selectReports } from './item.ts'
import { writeIndex, writeReport } from './pages.ts'
import type { Report } from './reported.ts'
import {
  type FailedRecord,
  keyOf,
  quickDataset,
  quickExperiment,
  type RunRecord,
  trainItem,
} from './run-record.ts'
import { resultsTable } from './tables.ts'

/** A report with all that is needed to train its models. */
interface Job {
  readonly report: Report
  readonly experiments: ReadonlyMap<string, ExperimentSpec>
  readonly items: readonly Item[]
  /** Those that were asked for. */
  readonly picked: readonly Item[]
}

interface Settings {
  readonly folder: string
  readonly quick: boolean
  readonly force: boolean
  seedsOf(item: Item): readonly number[]
  readonly backend: Backend
  readonly build: Build
}

export const reproduce = command({
  summary: 'train the models of the five reports again',
  description:
    'Train the models of the five reports again, compare the numbers, and make their tables and pictures.',
  args: {
    id: anyNumber('reports, experiments or models, such as 002, conv1d-eight, 000/1 (default: all)'),
  },
  options: {
    quick: on('two epochs on 2,000 images, one seed: all tables and pictures, no comparable number'),
    out: option(outputFolder, {
      value: 'folder',
      help: 'where everything goes',
      otherwise: 'reproduction, or reproduction-quick',
    }),
    force: on('train again what is finished already'),
    seed: seedOptions.seed,
    seeds: { ...seedOptions.seeds, otherwise: '3; 10 for 001/2 to 001/5, whose heads may die' },
    ...engineOptions,
    ...dataOptions,
  },
  examples: [
    ['npm run reproduce', 'all reports; a second call goes on where the first one stopped'],
    ['npm run reproduce -- 002 004', 'two of them'],
    ['npm run reproduce -- 000/1 --seeds 5', 'one model, five seeds'],
    ['npm run reproduce -- --quick', 'all tables and pictures in minutes, for CI'],
  ],
  async run({ id: ids, quick, force, out, dataDir, ...given }, { terminal, origins }) {
    const isAsked = quick || origins.seed !== undefined || origins.seeds !== undefined
    const asked = seedsOf(given, origins)
    const jobs: Job[] = []
    for (const wanted of selectReports(ids)) {
      const { report } = wanted
      const experiments = experimentsOf(report, quick)
      const items = itemsOf(report, [...experiments.values()])
      jobs.push({ report, experiments, items, picked: pickItems(items, wanted) })
    }
    const folder = resolve(out ?? (quick ? 'reproduction-quick' : 'reproduction'))
    outputFolder.parse(folder, '--out')
    claimFolder(folder, quick)
    const settings = {
      folder,
      quick,
      force,
      seedsOf: ({ runs }: Item) => (isAsked ? asked : Array.from({ length: runs }, (_, i) => i + 1)),
      backend: chooseEngine(given, terminal),
      build: await ownBuild(),
    }
    await interruptible(async signal => {
      const loaded = new Map<string, Promise<Dataset>>()
      const load = (source: DataSource): Promise<Dataset> => {
        const key = JSON.stringify(source)
        const data =
          loaded.get(key) ?? loading({ terminal, dataDir }, options => loadDataset(source, options))
        loaded.set(key, data)
        return data
      }
      await train(jobs, load, settings, { terminal, signal })
      const shown = relative(process.cwd(), join(folder, 'index.html'))
      terminal.print(`\nTables and pictures: ${shown.startsWith('..') ? join(folder, 'index.html') : shown}`)
    })
  },
})

function experimentsOf(report: Report, quick: boolean): Map<string, ExperimentSpec> {
  const own = experiments.filter(({ name }) => report.experiments.includes(name))
  return new Map(own.map(one => [one.name, quick ? quickExperiment(one) : one]))
}

/** Reads each source once. */
type Load = (source: DataSource) => Promise<Dataset>

interface Outside {
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** One training that is to be done. */
interface Task {
  readonly job: Job
  readonly item: Item
  readonly seed: number
  readonly data: Dataset
  readonly key: string
}

async function train(
  jobs: readonly Job[],
  load: Load,
  settings: Settings,
  { terminal, signal }: Outside,
): Promise<void> {
  const { folder, quick, force, seedsOf, backend, build } = settings
  const all: Task[] = []
  for (const job of jobs) {
    for (const item of job.picked) {
      const experiment = job.experiments.get(item.experiment)!
      const whole = await load(experiment.data)
      const own = quick ? quickDataset(whole) : whole
      for (const seed of seedsOf(item))
        all.push({ job, item, seed, data: own, key: keyOf(experiment, item.model, seed, own) })
    }
  }
  const open = all.filter(task => force || !readRecord(folder, placeOf(task), task.key))
  tellPlan(terminal, { all: all.length, open: open.length, settings })
  const models = [...new Set(open.map(({ item }) => item))].map(item => {
    const own = open.filter(task => task.item === item)
    return { ...planOf(own[0]!), runs: own.length }
  })
  const runsPerModel = Math.max(0, ...models.map(({ runs }) => runs))
  const progress = new TrainingProgress(terminal, { plan: { models, runsPerModel }, clock: systemClock })
  const onAbort = (): void =>
    terminal.notice('Stopping after the current step. Press Ctrl-C again to stop at once.')
  signal.addEventListener('abort', onAbort)
  let done = all.length - open.length
  try {
    for (const job of jobs) {
      for (const task of open.filter(one => one.job === job)) {
        signal.throwIfAborted()
        const { item, seed } = task
        const record = await orFailure(task, build, () =>
          trainItem(job.experiments.get(item.experiment)!, {
            model: item.model,
            seed,
            data: task.data,
            backend,
            build,
            evaluateTraining: job.report.trainMeasure === 'evaluate',
            signal,
            onNotice: message => terminal.notice(message),
            onEvent: event => progress.onEvent(event, { model: item.id, seed }),
          }),
        )
        writeRecord(folder, placeOf(task), record)
        if ('run' in record) progress.onRun(item.id, record.run)
        else terminal.notice(`${item.id}, seed ${seed}: ${record.failed}`)
        done++
      }
      terminal.draw({ text: `${job.report.id}: drawing …` })
      const comparisons = await writeJob(job, load, settings)
      // Ctrl-C while pictures were drawn is heard only now.
      await new Promise(resolve => setImmediate(resolve))
      signal.throwIfAborted()
      terminal.clear()
      terminal.print(`${job.report.id}: ${job.report.title}\n\n${shortTable(comparisons)}\n`)
    }
  } catch (error) {
    if (error instanceof Interruption) {
      terminal.notice(
        `${done} of ${plural(all.length, 'run')} finished and kept in ${folder}. The same command goes on from there.`,
      )
    }
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A network that cannot be trained is a result, and the others are trained all the same. */
async function orFailure(
  { key, seed }: Task,
  build: Build,
  work: () => Promise<RunRecord>,
): Promise<RunRecord | FailedRecord> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof HeddleError) || error instanceof UsageError) throw error
    return { key, build, seed, failed: error.message }
  }
}

function placeOf({ job, item, seed }: Pick<Task, 'job' | 'item' | 'seed'>) {
  return { report: job.report.id, experiment: item.experiment, model: item.model, seed }
}

/** What the progress line guesses with. */
function planOf({ job, item, data }: Task) {
  const experiment = job.experiments.get(item.experiment)!
  const { epochs, validationSplit } = trainingOf(experiment, item.model)
  return {
    name: item.id,
    multiplyAdds: buildNamed(item.model, experiment.models[item.model]!, data.imageShape).multiplyAdds,
    imagesPerRun: epochs * Math.floor(data.train.labels.length * (1 - validationSplit)),
  }
}

function tellPlan(
  terminal: Terminal,
  { all, open, settings }: { all: number; open: number; settings: Settings },
): void {
  const { folder, quick, backend } = settings
  terminal.log({ text: 'Folder      ', style: 'dim' }, { text: folder })
  terminal.log({ text: 'Engine      ', style: 'dim' }, { text: backend.description })
  terminal.log(
    { text: 'Runs        ', style: 'dim' },
    { text: `${all}${open < all ? `, of which ${all - open} are finished already` : ''}` },
  )
  if (quick) {
    terminal.notice(
      'Quick: few epochs on few images. The numbers are not comparable with those of the reports.',
    )
  }
  terminal.log()
}

/** Tables, pictures and pages of one report, from every finished run of this command's seeds. */
async function writeJob(
  { report, experiments, items }: Job,
  load: Load,
  { folder, quick, seedsOf }: Settings,
): Promise<readonly Comparison[]> {
  const models = new Map<string, Model>()
  const comparisons: Comparison[] = []
  for (const item of items) {
    const experiment = experiments.get(item.experiment)!
    const whole = await load(experiment.data)
    const own = quick ? quickDataset(whole) : whole
    models.set(item.id, buildNamed(item.model, experiment.models[item.model]!, own.imageShape))
    const runs = seedsOf(item)
      .map(seed =>
        readRecord(
          folder,
          { report: report.id, experiment: item.experiment, model: item.model, seed },
          keyOf(experiment, item.model, seed, own),
        ),
      )
      .filter(record => record !== undefined)
    comparisons.push(compare(item, runs, { report, experiment, quick }))
  }
  const [first] = experiments.values()
  const whole = await load(first!.data)
  const original = first!.data.kind === 'relabel' ? await load(first!.data.source) : whole
  const evidence = new Map(
    items
      .filter(item => item.experiment === first!.name)
      .map(item => [item.model, models.get(item.id)!] as const),
  )
  const findings = findingsOf({
    report,
    models: evidence,
    data: whole,
    comparisons: quick ? [] : comparisons,
  })
  const to = new Exhibit(join(folder, report.id))
  exhibit({ report, comparisons, experiments, models, data: whole, original, findings, quick }, to)
  const results = resultsTable(comparisons)
  const record = {
    id: report.id,
    results: results.rows,
    findings,
    verdicts: comparisons
      .filter(({ item }) => item.reported)
      .map(({ verdict, settings }) => ({
        kind: verdict.kind,
        isFitted: settings.some(({ origin }) => origin === 'fitted'),
      })),
    conditions: conditionsOf(comparisons.flatMap(({ runs, failures }) => [...runs, ...failures])),
  }
  writeReport(folder, { report, record, body: to.toHtml(), quick })
  writeIndex(folder, quick, results.columns)
  return comparisons
}

/** For the terminal: the columns that fit. */
function shortTable(comparisons: readonly Comparison[]): string {
  const keys = ['model', 'reportedAccuracy', 'accuracy', 'points', 'reportedLoss', 'loss', 'verdict']
  const titles: Readonly<Record<string, string>> = {
    reportedAccuracy: 'Reported',
    accuracy: 'Accuracy',
    reportedLoss: 'Reported',
    loss: 'Loss',
  }
  const { columns, rows }: DataTable = resultsTable(comparisons)
  return tableText({
    columns: keys.map(key => {
      const column = columns.find(one => one.key === key)!
      return { ...column, title: titles[key] ?? column.title }
    }),
    rows,
  })
}
