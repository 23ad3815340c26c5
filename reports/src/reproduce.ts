import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Backend,
  type DataSource,
  type Dataset,
  HeddleError,
  loadDataset,
  runExperiment,
  trainingOf,
  UsageError,
} from 'heddle'
import {
  anyNumber,
  command,
  dataOptions,
  engineOptions,
  Interruption,
  interruptible,
  loading,
  on,
  openRecording,
  option,
  outputFolder,
  pickModels,
  seedOptions,
  seedsOf,
  systemClock,
  type Terminal,
  TrainingProgress,
  trainingEngine,
} from 'heddle/cli'
import { plural } from 'heddle/show'
import { openStore, type RunStore } from 'heddle/store'
import { type Comparison, compare } from './comparison.ts'
import { claimFolder } from './folder.ts'
import { type Item, itemsOf, pickItems, selectReports } from './item.ts'
import { writeReport } from './pages.ts'
import { quickDataset, quickReport } from './quick.ts'
import type { Report } from './reported.ts'
import { keep, recordOf, type Training } from './runs.ts'
import { shortTable } from './tables.ts'

/** Where relative paths of the experiments start. */
const baseDir = fileURLToPath(new URL('../../experiments', import.meta.url))

/** A report with the trainings of its models. */
interface Job {
  readonly report: Report
  readonly trainings: ReadonlyMap<Item, readonly Training[]>
  /** Those that were asked for. */
  readonly picked: readonly Item[]
  /** What the models are trained on, and what that was before relabelling. */
  readonly data: Dataset
  readonly original: Dataset
}

/** What all trainings of this command share. */
interface Session {
  readonly folder: string
  readonly quick: boolean
  readonly force: boolean
  readonly store: RunStore
  readonly backend: Backend
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Stored with every run: where its data was found, and which options were given. */
  readonly about: Pick<Parameters<typeof openRecording>[0], 'source' | 'origins'>
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
    const seedsAsked = quick || origins.seed !== undefined || origins.seeds !== undefined
    const asked = seedsOf(given, origins)
    const chosen = selectReports(ids).map(({ report: whole, names }) => {
      const report = quick ? quickReport(whole) : whole
      const items = itemsOf(report)
      return { report, items, picked: pickItems(items, { report, names }) }
    })
    const folder = resolve(out ?? (quick ? 'reproduction-quick' : 'reproduction'))
    outputFolder.parse(folder, '--out')
    claimFolder(folder, quick)
    // The user's store, or the folder's own.
    process.env.HEDDLE_STORE ||= join(folder, '.heddle')
    const backend = trainingEngine(given, terminal)
    await interruptible(async signal => {
      const loaded = new Map<string, Promise<Dataset>>()
      const load = (source: DataSource): Promise<Dataset> => {
        const key = JSON.stringify(source)
        const data =
          loaded.get(key) ?? loading({ terminal, dataDir }, options => loadDataset(source, options))
        loaded.set(key, data)
        return data
      }
      const trainingsOf = async (item: Item, { trainMeasure }: Report): Promise<Training[]> => {
        const whole = await load(item.experiment.data)
        const data = quick ? quickDataset(whole) : whole
        const seeds = seedsAsked ? asked : Array.from({ length: item.runs }, (_, i) => i + 1)
        return seeds.map(seed => ({ item, seed, data, evaluateTraining: trainMeasure === 'evaluate' }))
      }
      const jobs: Job[] = []
      for (const { report, items, picked } of chosen) {
        const { data: source } = report.experiments[0]
        const trainings = new Map<Item, readonly Training[]>()
        for (const item of items) trainings.set(item, await trainingsOf(item, report))
        const original = await load(source.kind === 'relabel' ? source.source : source)
        jobs.push({ report, trainings, picked, data: await load(source), original })
      }
      const store = await openStore(process.env.HEDDLE_STORE!)
      const about = {
        source: { baseDir, dataDir: dataDir === undefined ? null : resolve(dataDir) },
        origins: { ...origins, ...(origins.seeds && { seed: origins.seeds }) },
      }
      const session = { folder, quick, force, store, backend, terminal, signal, about }
      await trainAndWrite(jobs, session).finally(() => store.close())
    })
    const shown = relative(process.cwd(), join(folder, 'index.html'))
    terminal.print(`\nTables and pictures: ${shown.startsWith('..') ? join(folder, 'index.html') : shown}`)
  },
})

async function trainAndWrite(jobs: readonly Job[], session: Session): Promise<void> {
  const { store, backend, folder, force, terminal, signal } = session
  const all = jobs.flatMap(job => job.picked.flatMap(item => job.trainings.get(item)!))
  const open: Training[] = []
  for (const one of all) if (force || !(await recordOf(store, one, backend))) open.push(one)
  tellPlan(session, { all: all.length, open: open.length })
  const progress = new TrainingProgress(terminal, { plan: planOf(open), clock: systemClock })
  const onAbort = (): void =>
    terminal.notice('Stopping after the current step. Press Ctrl-C again to stop at once.')
  signal.addEventListener('abort', onAbort)
  let done = all.length - open.length
  try {
    for (const job of jobs) {
      for (const training of open.filter(({ item }) => job.picked.includes(item))) {
        signal.throwIfAborted()
        await train(training, session, progress)
        done++
      }
      terminal.draw({ text: `${job.report.id}: drawing …` })
      const comparisons = await write(job, session)
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

/** What the progress line guesses with. */
function planOf(trainings: readonly Training[]) {
  const items = [...new Set(trainings.map(({ item }) => item))]
  const models = items.map(item => {
    const own = trainings.filter(one => one.item === item)
    const { epochs, validationSplit } = trainingOf(item.experiment, item.model)
    const images = own[0]!.data.train.count
    return {
      name: item.id,
      multiplyAdds: item.built.multiplyAdds,
      imagesPerRun: epochs * Math.floor(images * (1 - validationSplit)),
      runs: own.length,
    }
  })
  return { models, runsPerModel: Math.max(0, ...models.map(({ runs }) => runs)) }
}

function tellPlan(
  { terminal, folder, quick, backend }: Session,
  { all, open }: { readonly all: number; readonly open: number },
): void {
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

/** Trains and records one run. A network that cannot be trained is a result, and the others are trained all the same. */
async function train(training: Training, session: Session, progress: TrainingProgress): Promise<void> {
  const { item, seed, data } = training
  const { store, backend, terminal, signal, force, about } = session
  const experiment = pickModels(item.experiment, [item.model])
  const recording = await openRecording({ ...about, experiment, backend, signal, resume: !force }, terminal)
  try {
    await runExperiment(experiment, data, {
      seeds: [seed],
      backend,
      signal,
      resume: true,
      follow: recording.follow,
      onNotice: message => terminal.notice(message),
      onEvent: event => progress.onEvent(event, { model: item.id, seed }),
      onRun: (_, run) => progress.onRun(item.id, run),
    })
  } catch (error) {
    const id = recording.lastId()
    if (!(error instanceof HeddleError) || error instanceof UsageError || id === null) throw error
    terminal.notice(`${item.id}, seed ${seed}: ${error.message}`)
    await keep(store, id, { failed: error.message })
  } finally {
    await recording.close()
  }
  recording.check()
  await recordOf(store, training, backend)
}

/** Tables, pictures and pages of one report, from every finished run of this command's seeds. */
async function write(
  { report, trainings, data, original }: Job,
  { folder, quick, store, backend }: Session,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = []
  for (const [item, own] of trainings) {
    const records = []
    for (const training of own) records.push(await recordOf(store, training, backend))
    comparisons.push(
      compare(
        item,
        records.filter(record => record !== null),
        { report, quick },
      ),
    )
  }
  writeReport(folder, { report, comparisons, data, original, quick })
  return comparisons
}
