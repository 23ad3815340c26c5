import { HeddleError } from '../base/errors.ts'
import { plural } from '../base/text.ts'
import type { ParameterValues, StudyEvent } from '../protocol/study.ts'
import { searchedOf, toRepeat } from './best.ts'
import { hasTimeToRepeat, hasTimeToSearch } from './budget.ts'
import { problemOf } from './space.ts'
import type { StudyRules, StudyState, Trial } from './study-state.ts'

/** A search of which this many trials failed and none succeeded is given up. */
const MOST_FAILURES = 5

/**
 * The next step of a search that has not ended, for one free worker: a promotion, a new trial, a repeat, or the end. None: what is
 * being trained has to report first.
 *
 * Repeats come when the rest of the search is over, since only then it is known what the best are.
 */
export function decide(study: StudyState, newRunId: () => string): StudyEvent[] {
  const { rules, trials } = study
  const searched = searchedOf(trials)
  const isBusy = (of: readonly Trial[]): boolean => of.some(({ target }) => target !== null)

  // A narrower space may leave out what fails.
  const failed = searched.filter(
    ({ reason, parameters }) => reason !== null && problemOf(rules.space, parameters) === null,
  )
  if (failed.length >= MOST_FAILURES && searched.every(({ reports }) => reports.length === 0))
    return isBusy(searched) ? [] : [end('failures', failuresText(failed))]

  const hasTime = rules.seconds === null || isTimeLeft(study, searched)
  const promotion = hasTime ? rules.scheduling.next(searched) : null
  if (promotion) return [{ type: 'train', ...promotion }]

  const isOpen = hasTime && searched.length < (rules.trials ?? Number.POSITIVE_INFINITY)
  const parameters = isOpen ? nextParameters(rules, searched) : null
  if (parameters) {
    const origin = searched.length === 0 && rules.start ? 'start' : 'sampler'
    return ask(study, { parameters, origin, seed: rules.seed, run: newRunId() })
  }
  if (isBusy(searched)) return []

  const repeats = missingRepeats(study, toRepeat(rules, searched))
  const [next] = repeats
  if (next && (next.isBegun || hasTimeToRepeat(study, next.missing))) {
    const { trial: of, parameters } = next.missing[0]!
    return ask(study, { parameters, origin: 'repeat', of, seed: next.seed, run: newRunId() })
  }
  if (isBusy(trials)) return []
  const lacking = next ? ` There was no time for ${plural(repeats.length, 'further seed')} of the best.` : ''
  if (!hasTime) return [end('budget', `The time is spent: ${minutesText(rules.seconds!)}.${lacking}`)]
  return isOpen
    ? [end('exhausted', `Every point of the space has been tried.${lacking}`)]
    : [end('budget', `All ${plural(searched.length, 'trial')} have been trained.${lacking}`)]
}

function end(reason: 'budget' | 'exhausted' | 'failures', text: string): StudyEvent {
  return { type: 'end', reason, text }
}

function failuresText(failed: readonly Trial[]): string {
  const { trial, reason } = failed[0]!
  const reasons = new Set(failed.map(one => one.reason)).size
  return `The first ${failed.length} trials failed, and none succeeded. Trial ${trial}${reasons > 1 ? ', for one,' : ''} failed because: ${reason}`
}

function minutesText(seconds: number): string {
  const minutes = Number((seconds / 60).toFixed(1))
  return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
}

function isTimeLeft(study: StudyState, searched: readonly Trial[]): boolean {
  const repeated = toRepeat(study.rules, searched)
  const missing = missingRepeats(study, repeated).flatMap(one => one.missing)
  return hasTimeToSearch(study, repeated, missing)
}

function nextParameters(
  { start, suggest, space, seed }: StudyRules,
  searched: readonly Trial[],
): ParameterValues | null {
  if (start && searched.length === 0) return start
  return suggest({
    space,
    seed,
    trial: searched.length,
    observations: searched.map(({ observation }) => observation),
  })
}

type Asked = Omit<StudyEvent & { readonly type: 'ask' }, 'type' | 'trial' | 'epochs'>

/** A new trial, and how long it is trained at first. One whose model cannot be built has failed already. */
function ask({ rules, trials }: StudyState, asked: Asked): StudyEvent[] {
  const trial = trials.length
  const made = (epochs: number): StudyEvent => ({ type: 'ask', trial, epochs, ...asked })
  try {
    const epochs = rules.epochsOf(asked.parameters)
    const first = asked.origin === 'repeat' ? epochs : rules.scheduling.first(epochs)
    return [made(epochs), { type: 'train', trial, epochs: first }]
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return [made(1), { type: 'fail', trial, reason: error.message }]
  }
}

/** A seed with which some of the best have not been trained. */
interface MissingSeed {
  readonly seed: number
  readonly missing: readonly Trial[]
  /** Others of the best have been. */
  readonly isBegun: boolean
}

/** The repeats that are missing, seed by seed: whenever time runs out, all of the best have been trained with the same seeds. */
function missingRepeats({ rules, trials }: StudyState, repeated: readonly Trial[]): MissingSeed[] {
  const repeats = trials.filter(({ origin }) => origin === 'repeat')
  const isThere = new Set(repeats.map(({ of, seed }) => `${of} ${seed}`))
  return Array.from({ length: rules.repeats.seeds }, (_, i) => {
    const seed = rules.seed + 1 + i
    const missing = repeated.filter(({ trial }) => !isThere.has(`${trial} ${seed}`))
    return { seed, missing, isBegun: missing.length < repeated.length }
  }).filter(({ missing }) => missing.length > 0)
}
