import { clockTime } from '../base/text.ts'
import type { ParameterValues, StudyEvent } from '../protocol/study.ts'
import { objectiveText } from '../protocol/study-text.ts'
import { bestOf, searchedOf } from '../search/best.ts'
import { remainingSeconds } from '../search/remaining.ts'
import type { Search } from '../search/search.ts'
import { searchTime } from '../search/search-time.ts'
import { textIn } from '../search/space.ts'
import type { Study } from '../search/study.ts'
import type { Trial } from '../search/study-state.ts'
import type { Run } from '../store/rows.ts'
import type { Piece, Terminal } from './terminal.ts'

export interface SearchProgressOptions {
  readonly terminal: Terminal
  readonly search: Search
}

/** Shows a search: a line that stays for each report and, where the terminal can redraw, what is being trained and how long it will take. */
export class SearchProgress {
  readonly #options: SearchProgressOptions

  constructor(options: SearchProgressOptions) {
    this.#options = options
  }

  onEvent(event: StudyEvent, study: Study): void {
    const { terminal } = this.#options
    switch (event.type) {
      case 'report':
        terminal.log(...this.#reportLine(study.trials[event.trial]!, study))
        break
      case 'fail':
        terminal.log({ text: `trial ${event.trial}`, style: 'bold' }, { text: `  failed: ${event.reason}` })
        break
    }
  }

  /** Draws what is being trained; `runs` are those of the store that are. */
  draw(study: Study, runs: readonly Run[]): void {
    const { terminal } = this.#options
    const running = study.trials.filter(({ target }) => target !== null)
    const head = headLine(study, { name: this.#options.search.spec.name, width: terminal.width - 3 })
    const lines = running.slice(0, MOST_LINES).map(trial => this.#runningLine(trial, runs))
    terminal.drawLines([head, ...lines].map(line => cut(line, terminal.width - 3)))
  }

  #reportLine(trial: Trial, study: Study): Piece[] {
    const { objectives } = study.rules
    const { epochs, maxEpochs, reports, seconds, of, seed } = trial
    const measured = objectives.map(
      (objective, i) => `${objective.label} ${objectiveText(objective, reports.at(-1)!.values[i]!)}`,
    )
    const best = bestOf(searchedOf(study.trials))[0]
    const isBest = best === trial && objectives.length === 1
    return [
      { text: `trial ${trial.trial}`, style: 'bold' },
      { text: of === null ? '' : ` (trial ${of} with seed ${seed})` },
      { text: `  ${epochs}/${maxEpochs} epochs  ${measured.join('  ')}  in ${clockTime(seconds)}` },
      { text: isBest ? '  best so far' : '', style: 'green' },
      { text: of === null ? `  ${this.#parametersText(trial.parameters)}` : '', style: 'dim' },
    ]
  }

  #runningLine(trial: Trial, runs: readonly Run[]): Piece[] {
    const run = runs.find(({ id }) => id === trial.run)
    const { epochsDone = 0, metrics = {} } = run ?? {}
    const what = trial.of === null ? '' : ` (trial ${trial.of} with seed ${trial.seed})`
    const accuracy = metrics.valAccuracy ?? metrics.accuracy
    return [
      { text: `  trial ${trial.trial}${what}`, style: 'bold' },
      { text: `  epoch ${Math.min(epochsDone + 1, trial.target!)}/${trial.target}` },
      { text: accuracy === undefined ? '' : `  accuracy ${accuracy.toFixed(4)}` },
      { text: `  ${this.#parametersText(trial.parameters)}`, style: 'dim' },
    ]
  }

  #parametersText(parameters: ParameterValues): string {
    const { space } = this.#options.search.spec
    return Object.entries(parameters)
      .map(([name, value]) => `${name} ${space[name] ? textIn(space[name], value) : value}`)
      .join(', ')
  }
}

/** More trials at once are not listed. */
const MOST_LINES = 12
const BAR = 20

interface Head {
  readonly name: string
  readonly width: number
}

/** How far the search is. */
function headLine(study: Study, { name, width }: Head): Piece[] {
  const { rules, trials, spent } = study
  const searched = searchedOf(trials)
  const done = searched.filter(({ target }) => target === null).length
  const repeats = trials.length - searched.length
  const best = bestOf(searched)[0]
  const seconds = searchTime(spent.seconds, rules.clock)
  const share = Math.max(
    rules.trials === null ? 0 : done / rules.trials,
    rules.seconds === null ? 0 : Math.min(1, seconds / rules.seconds),
  )
  const filled = Math.round(BAR * share)
  const remaining = remainingSeconds(study)
  const objective = rules.objectives[0]!
  const fields = [
    `  ${done}${rules.trials === null ? '' : `/${rules.trials}`} trials`,
    repeats > 0 ? `  ${repeats} repeats` : '',
    best ? `  best ${objectiveText(objective, best.reports.at(-1)!.values[0]!)} (trial ${best.trial})` : '',
    rules.seconds === null ? '' : `  ${clockTime(seconds)} of ${clockTime(rules.seconds)}`,
    remaining === null ? '' : `  ETA ${clockTime(remaining)}`,
  ].join('')
  const hasRoom = name.length + fields.length + BAR + 2 <= width
  return [
    { text: name, style: 'bold' },
    { text: hasRoom ? `  ${'━'.repeat(filled)}` : '', style: 'cyan' },
    { text: hasRoom ? '─'.repeat(BAR - filled) : '', style: 'dim' },
    { text: fields },
  ]
}

/** A line that is no longer than `width`. */
function cut(line: readonly Piece[], width: number): Piece[] {
  let room = width
  return line.map(({ text, ...rest }) => {
    const shown = text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}${room > 0 ? '…' : ''}`
    room -= shown.length
    return { ...rest, text: shown }
  })
}
