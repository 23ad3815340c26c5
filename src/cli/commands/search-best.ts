import { UsageError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import type { StudyView, TrialRow } from '../../protocol/study.ts'
import { objectiveText } from '../../protocol/study-text.ts'
import { storedRun } from '../../runs/stored.ts'
import { storedView } from '../../search/stored-search.ts'
import type { RunStore } from '../../store/store.ts'
import { command, on } from '../command.ts'
import { withStore } from '../named-run.ts'
import { jsonOption, searchArgument, storeOption } from '../options.ts'

export default command({
  summary: 'the parameters of the best trial of a search',
  description:
    'The parameters of the winner, which is chosen by repeats with further seeds; before there are any, of the trial with the best value.',
  args: { search: searchArgument },
  options: {
    printJson: on('print the experiment of this trial, as JSON that run reads'),
    ...storeOption,
    ...jsonOption,
  },
  examples: [
    ['heddle search best', 'of the newest search'],
    ['heddle search best my-search --print-json > best.json', 'then: heddle run best.json --seeds 5'],
  ],
  async run({ search, printJson, json, store: where }, { terminal }) {
    await withStore(
      async store => {
        const view = await storedView(store, await store.studies.find(search))
        const best = bestIn(view)
        if (printJson) {
          const { experiment, baseDir } = await experimentOf(store, best)
          if (baseDir !== process.cwd())
            terminal.notice(`Paths of its data are relative to ${baseDir}: save it there.`)
          terminal.print(toJson(experiment, 2))
        } else if (json) terminal.print(toJson(best, 2))
        else terminal.print(describe(view, best))
      },
      { store: where },
    )
  },
})

/** The winner of the repeats, or the trial with the best value. Throws a `UsageError` if no trial has a result. */
function bestIn({ name, verdict, best, trials }: StudyView): TrialRow {
  const trial = trials[verdict?.winner ?? best[0] ?? -1]
  if (trial) return trial
  throw new UsageError(
    `No trial of the search ${name} has a result yet: "heddle search show ${name}" shows its state.`,
  )
}

async function experimentOf(store: RunStore, { run }: TrialRow) {
  const { experiment, source } = await storedRun(store, await store.run(run))
  return { experiment, baseDir: source.baseDir }
}

function describe({ objectives, verdict }: StudyView, { trial, values, parameters, run }: TrialRow): string {
  const width = Math.max(...Object.keys(parameters).map(name => name.length))
  const measured = objectives.map(
    (objective, i) => `${objective.label} ${objectiveText(objective, values![i]!)}`,
  )
  return [
    `Trial ${trial}${verdict ? ', the winner of the repeats' : ''} (run ${run}): ${measured.join(', ')}`,
    ...Object.entries(parameters).map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`),
  ].join('\n')
}

/** With all digits: to be copied into a file. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
