import { resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { Interruption } from '../../base/interruption.ts'
import { integer, oneOf } from '../../base/schema.ts'
import { toJson } from '../../protocol/json.ts'
import type { StudyView } from '../../protocol/study.ts'
import { runSearch } from '../../search/run-search.ts'
import { type SamplerSpec, samplers } from '../../search/samplers/index.ts'
import { type SchedulerSpec, schedulers } from '../../search/schedulers/index.ts'
import type { RunStore } from '../../store/store.ts'
import { argumentOr, command, off, on, option, type ValuesOf } from '../command.ts'
import { durationField } from '../duration.ts'
import { listenersOn } from '../loading.ts'
import { openOwnStore } from '../named-run.ts'
import { knownSearch, type NamedSearch, newSearch, type SearchChanges } from '../named-search.ts'
import { dataOptions, engineOptions, jsonOption, natural, trainingEngine, userOption } from '../options.ts'
import { SearchProgress } from '../search-progress.ts'
import type { Terminal } from '../terminal.ts'
import { interruptible } from '../terminal.ts'
import { commandLine } from '../typed-command.ts'
import { ownVersion } from '../version.ts'

const kindsOf = (form: { readonly kinds: object }): string[] => Object.keys(form.kinds)

const options = {
  trials: option(integer(), 'trials of the search, in all sessions together, without repeats'),
  time: option(durationField, {
    value: 'time',
    help: 'time for the search and its repeats, in all sessions together, such as 30m; without --trials as many trials as fit',
  }),
  workers: option(integer(), { help: 'train this many trials side by side, each in a process', fallback: 1 }),
  sampler: option(oneOf(kindsOf(samplers.form)), {
    help: 'how the next trial is chosen',
    otherwise: 'as the file says, or tpe',
  }),
  scheduler: option(oneOf(kindsOf(schedulers.form)), {
    help: 'how long trials are trained',
    otherwise: 'as the file says, or none',
  }),
  seed: option(natural, { help: 'seed of the search', otherwise: 'as the file says, or 1' }),
  repeats: off('do not train the best again with further seeds'),
  resume: on('continue a search: of this name, this file or, without one, the newest'),
  ...engineOptions,
  ...dataOptions,
  user: userOption,
  ...jsonOption,
}

type Given = ValuesOf<typeof options>

export default command({
  summary: 'search for better hyper-parameters',
  description:
    'Search for better hyper-parameters of an experiment: train trials, then the best again with further seeds beside your starting point. ' +
    'Choices are made by validation data; test images stay sealed until --final.',
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
    [
      'heddle search my-search.ts --workers 2 --scheduler asha',
      'two at once, and the poor ones not to the end',
    ],
  ],
  notes:
    'A file named like a command of this family, such as show, is named with its ending: heddle search show.ts.',
  async run({ search: wanted, ...given }, { terminal }) {
    const { resume } = given
    if (wanted === '' && !resume)
      throw new UsageError(
        'Name the file of a search, such as heddle search my-search.ts, or continue one: --resume.',
      )
    const store = await openOwnStore(undefined, { make: true, user: given.user })
    try {
      const changes = changesOf(given)
      const named = resume
        ? await knownSearch(store, wanted || 'last', changes)
        : await newSearch(wanted, changes)
      const view = await searchIn(store, { named, given, wanted }, terminal)
      if (given.json) terminal.print(toJson(view, 2))
      else for (const text of [view.ended, view.verdict?.sentence]) if (text) terminal.print(text)
    } finally {
      await store.close()
    }
  },
})

/** What was typed instead of what the file says. */
function changesOf({ trials, time, sampler, scheduler, seed }: Given): SearchChanges {
  return {
    ...(time !== undefined && { minutes: time / 60, trials: null }),
    ...(trials !== undefined && { trials }),
    ...(sampler !== undefined && { sampler: samplers.parse({ kind: sampler }, '--sampler') as SamplerSpec }),
    ...(scheduler !== undefined && {
      scheduler: schedulers.parse({ kind: scheduler }, '--scheduler') as SchedulerSpec,
    }),
    ...(seed !== undefined && { seed }),
  }
}

interface Asked {
  readonly named: NamedSearch
  readonly given: Given
  readonly wanted: string
}

/** Redraws, and asks the store how far the trainings are. */
const DRAW_MS = 500

async function searchIn(
  store: RunStore,
  { named, given, wanted }: Asked,
  terminal: Terminal,
): Promise<StudyView> {
  const { search, baseDir, id } = named
  const { workers } = given
  const backend = trainingEngine(given, terminal)
  const dataDir = given.dataDir ?? named.dataDir ?? undefined
  const progress = new SearchProgress({ terminal, search, workers })
  let drawing: NodeJS.Timeout | undefined
  try {
    return await interruptible(signal =>
      runSearch(search, {
        ...{ store, backend, workers, baseDir, signal, version: ownVersion(), repeats: given.repeats },
        loading: { ...(dataDir !== undefined && { dataDir: resolve(dataDir) }), ...listenersOn(terminal) },
        ...(id !== null && { resume: id }),
        onBegin(begun, study) {
          if (!terminal.isLive) return
          const draw = async (): Promise<void> =>
            progress.draw(study, await store.list({ study: begun, status: 'running' }))
          drawing = setInterval(() => void draw().catch(() => {}), DRAW_MS)
        },
        onEvent: (event, study) => progress.onEvent(event, study),
        onNotice: message => terminal.notice(message),
      }),
    )
  } catch (error) {
    if (error instanceof Interruption)
      terminal.notice(
        `Stopped. Go on with: ${commandLine(['search', '--resume', search.spec.reads ? wanted : search.spec.name])}`,
      )
    throw error
  } finally {
    clearInterval(drawing)
    terminal.clear()
  }
}
