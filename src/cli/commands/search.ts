import { resolve } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { Interruption } from '../../base/interruption.ts'
import { integer, oneOf } from '../../base/schema.ts'
import { toJson } from '../../protocol/json.ts'
import type { StudyView } from '../../protocol/study.ts'
import { isReadyForTest } from '../../protocol/study-text.ts'
import { usualWorkers } from '../../runs/worker-pool.ts'
import { runSearch } from '../../search/run-search.ts'
import { samplers } from '../../search/samplers/index.ts'
import { schedulers } from '../../search/schedulers/index.ts'
import { openSealedTest } from '../../search/sealed-test.ts'
import { isAtEnd, storedSearch, storedView } from '../../search/stored-search.ts'
import { sectionText } from '../../show/section-text.ts'
import { studySection } from '../../show/study-section.ts'
import type { RunStore } from '../../store/store.ts'
import { argumentOr, command, off, on, option, type ValuesOf } from '../command.ts'
import { durationField } from '../duration.ts'
import { listenersOn } from '../loading.ts'
import { openOwnStore } from '../named-run.ts'
import {
  knownSearch,
  type NamedSearch,
  newSearch,
  type SearchChanges,
  searchId,
  unfinishedSearch,
} from '../named-search.ts'
import {
  dataOptions,
  engineOptions,
  filesOption,
  jsonOption,
  natural,
  storeOption,
  trainingEngine,
  userOption,
} from '../options.ts'
import { SearchProgress } from '../search-progress.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible, sayStopping } from '../terminal.ts'
import { commandLine } from '../typed-command.ts'

const options = {
  trials: option(integer(), 'trials of the search, in all sessions together, without repeats'),
  time: option(durationField, {
    value: 'time',
    help: 'time of training for the search and its repeats, in all sessions together, such as 30m; trials side by side count once; without --trials as many trials as fit',
  }),
  workers: option(natural, {
    help: 'train this many trials here side by side, each in a process; 0: none',
    variable: 'HEDDLE_WORKERS',
    otherwise: 'as many as there are cores',
  }),
  elsewhere: option(natural, {
    help: 'train this many more at once on other machines, where "heddle worker" runs with the same store',
    fallback: 0,
  }),
  sampler: option(oneOf(Object.keys(samplers.definitions)), {
    help: 'how the next trial is chosen',
    otherwise: 'as the file says, or tpe',
  }),
  scheduler: option(oneOf(Object.keys(schedulers.definitions)), {
    help: 'how long trials are trained',
    otherwise: 'as the file says, or none',
  }),
  seed: option(natural, { help: 'seed of the search', otherwise: 'as the file says, or 1' }),
  repeats: off('do not train the best again with further seeds'),
  resume: on('continue a search: of this name, of this file or, without one, the newest'),
  final: on('at the end, open the test images once: test the winner and your starting point'),
  ...engineOptions,
  ...dataOptions,
  ...storeOption,
  ...filesOption,
  user: userOption,
  ...jsonOption,
}

type Given = ValuesOf<typeof options>

export default command({
  summary: 'search for better hyper-parameters',
  description:
    'Search for better hyper-parameters of an experiment: train trials, then the best again with further seeds beside your starting ' +
    'point. Choices are made by validation images; the test images stay sealed until --final.',
  args: {
    search: argumentOr(
      '',
      'a .ts, .js or .json file, or the name of one in experiments/; with --resume also the name of a search',
    ),
  },
  options,
  examples: [
    ['heddle search my-search.ts', 'the search of a file'],
    ['heddle search my-search.ts --time 30m', 'as many trials as fit into half an hour'],
    ['heddle search --resume', 'continue the newest search: after Ctrl-C, or a crash'],
    ['heddle search --resume my-search --trials 100', 'go on to 100 trials in total'],
    ['heddle search --resume my-search --final', 'what the test images say, once'],
    [
      'heddle search my-search.ts --workers 2 --scheduler asha',
      'two at once, and the poor ones not to their end',
    ],
  ],
  notes:
    'show, best, importance, export, ls and rm are commands of their own. For a file of such a name write its ending: heddle search show.ts.',
  async run({ search: wanted, ...given }, { terminal, origins }) {
    const { resume, final, json } = given
    if (wanted === '' && !resume)
      throw new UsageError(
        'Name the file of a search, such as heddle search my-search.ts, or continue one with --resume.',
      )
    // What came from a variable is there the next time, too, and may hold a password.
    const at = origins.store === 'flag' ? ['--store', given.store] : []
    // First: a file that is missing, and a search that is not there to be continued, make no store.
    const made = resume ? null : await newSearch(wanted, changesOf(given))
    const { user, files } = given
    const store = await openOwnStore(given.store, { make: made !== null, user, files })
    try {
      const asked = { wanted: wanted || 'last', given, at }
      const id = await (made
        ? runNew(store, { ...asked, named: made }, terminal)
        : runKnown(store, asked, terminal))
      if (final) await openTest(store, { id, given }, terminal)
      const view = await storedView(store, id)
      if (json) terminal.print(toJson(view, 2))
      else {
        terminal.log()
        terminal.print(sectionText(studySection(view), { width: terminal.columns }))
        if (hasResult(view)) suggestNext(view, at, terminal)
      }
      // A script must not take the best trial of a search that has none.
      if (!hasResult(view))
        throw new HeddleError(
          `No trial of the search ${view.name} has a result. "${commandLine(['search', 'show', view.name, '--all', ...at])}" shows why each of them failed.`,
        )
    } finally {
      await store.close()
    }
  },
})

interface Asked {
  readonly wanted: string
  readonly given: Given
  /** What a further command needs to find the store. */
  readonly at: readonly string[]
}

/** Runs a new search; returns its id. */
async function runNew(
  store: RunStore,
  { named, ...asked }: Asked & { readonly named: NamedSearch },
  terminal: Terminal,
): Promise<string> {
  const unfinished = await unfinishedSearch(store, named.search.spec.name)
  if (unfinished !== null) {
    const command = commandLine(['search', '--resume', unfinished, ...asked.at])
    terminal.notice(
      `An earlier search of this name did not come to its end: ${command} continues it. This is a new one.`,
    )
  }
  return runNamed(store, { named, ...asked }, terminal)
}

/** Continues a search; returns its id. */
async function runKnown(store: RunStore, { wanted, given, at }: Asked, terminal: Terminal): Promise<string> {
  const changes = changesOf(given)
  // The test of a search that has come to its end needs no file.
  if (given.final && Object.keys(changes).length === 0) {
    const id = await searchId(store, wanted)
    if (isAtEnd((await storedSearch(store, id)).study)) return id
  }
  return runNamed(store, { named: await knownSearch(store, wanted, changes), wanted, given, at }, terminal)
}

/** What was typed instead of what the file says. */
function changesOf({ trials, time, sampler, scheduler, seed }: Given): SearchChanges {
  return {
    ...(time !== undefined && { minutes: time / 60, trials: null }),
    ...(trials !== undefined && { trials }),
    ...(sampler !== undefined && { sampler: samplers.parse({ kind: sampler }, '--sampler') }),
    ...(scheduler !== undefined && { scheduler: schedulers.parse({ kind: scheduler }, '--scheduler') }),
    ...(seed !== undefined && { seed }),
  }
}

/** Redraws, and asks the store how far the trainings are. */
const DRAW_MS = 500

async function runNamed(
  store: RunStore,
  { named, wanted, given, at }: Asked & { readonly named: NamedSearch },
  terminal: Terminal,
): Promise<string> {
  const { search, baseDir, id } = named
  const { workers = usualWorkers(), elsewhere, repeats } = given
  const backend = trainingEngine(given, terminal)
  const dataDir = given.dataDir ?? named.dataDir ?? undefined
  const progress = new SearchProgress({ terminal, search })
  let drawing: NodeJS.Timeout | undefined
  if (search.missingStart !== null)
    terminal.notice(`The winner will not be compared with your experiment: ${search.missingStart}`)
  try {
    const view = await interruptible(signal => {
      sayStopping(signal, terminal)
      return runSearch(search, {
        ...{ store, backend, workers, elsewhere, threads: given.threads, repeats, baseDir, signal },
        resume: id,
        loading: { dataDir: dataDir && resolve(dataDir), ...listenersOn(terminal) },
        onBegin(begun, study) {
          terminal.log({ text: 'Search  ', style: 'dim' }, { text: `${search.spec.name} (${begun})` })
          if (!terminal.isLive) return
          const draw = async (): Promise<void> =>
            progress.draw(study, await store.list({ study: begun, status: 'running' }))
          drawing = setInterval(() => void draw().catch(() => {}), DRAW_MS)
        },
        onEvent: (event, study) => progress.onEvent(event, study),
        onNotice: message => terminal.notice(message),
      })
    })
    return view.id
  } catch (error) {
    if (error instanceof Interruption)
      terminal.notice(`Stopped. Go on with: ${continuing(named, { wanted, given, at })}`)
    throw error
  } finally {
    clearInterval(drawing)
    terminal.clear()
  }
}

/** The command that continues a search: its file makes the models of some. */
function continuing({ search: { spec } }: NamedSearch, { wanted, given, at }: Asked): string {
  const { workers, elsewhere, threads, repeats, backend } = given
  return commandLine([
    ...['search', '--resume', spec.reads ? wanted : spec.name],
    ...(spec.reads && given.trials !== undefined ? ['--trials', String(given.trials)] : []),
    ...(spec.reads && given.time !== undefined ? ['--time', `${given.time}s`] : []),
    ...(spec.reads && given.sampler !== undefined ? ['--sampler', given.sampler] : []),
    ...(spec.reads && given.scheduler !== undefined ? ['--scheduler', given.scheduler] : []),
    ...(spec.reads && given.seed !== undefined ? ['--seed', String(given.seed)] : []),
    ...(workers === undefined ? [] : ['--workers', String(workers)]),
    ...(elsewhere > 0 ? ['--elsewhere', String(elsewhere)] : []),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(repeats ? [] : ['--no-repeats']),
    ...(backend === 'auto' ? [] : ['--backend', backend]),
    ...at,
  ])
}

async function openTest(
  store: RunStore,
  { id, given }: { readonly id: string; readonly given: Given },
  terminal: Terminal,
): Promise<void> {
  if ((await storedSearch(store, id)).study.final) {
    terminal.notice('The test images of this search were opened before: this is what was recorded then.')
    return
  }
  const backend = trainingEngine(given, terminal)
  await openSealedTest(store, id, {
    backend,
    loading: { dataDir: given.dataDir, ...listenersOn(terminal) },
    onProgress: (done, of) => terminal.draw({ text: `Testing: ${done} of ${of} networks …` }),
  })
}

function hasResult({ trials }: StudyView): boolean {
  return trials.some(({ values }) => values !== null)
}

/** What to do after a search. */
function suggestNext(view: StudyView, at: readonly string[], terminal: Terminal): void {
  const { name } = view
  const commands = [
    ...(isReadyForTest(view)
      ? [
          [
            commandLine(['search', '--resume', name, '--final', ...at]),
            'open the test images, once, when nothing is left to choose',
          ] as const,
        ]
      : []),
    [
      `${commandLine(['search', 'best', name, ...at, '--print-json'])} > best.json`,
      'the best trial as an experiment',
    ] as const,
    [commandLine(['search', 'show', name, '--all', ...at]), 'every trial'] as const,
  ]
  const wide = Math.max(...commands.map(([text]) => text.length))
  terminal.log()
  terminal.log({ text: 'Go on with:' })
  for (const [text, what] of commands)
    terminal.log({ text: `  ${text.padEnd(wide + 2)}` }, { text: what, style: 'dim' })
}
