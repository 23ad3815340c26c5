import type { ParameterFacts, StudyView, TrialRow, TrialState } from '../protocol/study.ts'
import { bestOf, searchedOf } from './best.ts'
import { bestSoFar } from './best-so-far.ts'
import { type ImportanceResult, importanceOf } from './importance.ts'
import { remainingSeconds } from './remaining.ts'
import { searchTime } from './search-time.ts'
import type { Study } from './study.ts'
import type { Trial } from './study-state.ts'
import { verdictOf } from './verdict.ts'

/** What a view shows besides what follows from the events. */
export interface StudyFacts
  extends Pick<StudyView, 'id' | 'name' | 'user' | 'createdAt' | 'sampler' | 'scheduler' | 'looks'> {
  readonly parameters: readonly ParameterFacts[]
  /** The process that runs it lives. */
  readonly isRunning: boolean
}

/** A search as tables, charts and pages show it. */
export function studyView(study: Study, { isRunning, ...facts }: StudyFacts): StudyView {
  const { rules, trials, ended, spent } = study
  const searched = searchedOf(trials)
  return {
    ...facts,
    state: stateOf(study, isRunning),
    ended: ended?.text ?? null,
    seed: rules.seed,
    objectives: rules.objectives,
    trials: trials.map(trial => rowOf(trial, isRunning)),
    best: bestOf(searched).map(({ trial }) => trial),
    bestSoFar: bestSoFar(study.reported, rules.objectives).map(point => ({
      ...point,
      seconds: searchTime(point.seconds, rules.clock),
    })),
    importance: importanceNow(study),
    // Read once, at the end: of many looks at a few seeds, one shows a difference by chance.
    verdict: ended ? verdictOf(rules, trials) : null,
    budget: {
      trials: rules.trials,
      seconds: rules.seconds,
      spentTrials: searched.length,
      spentSeconds: searchTime(spent.seconds, rules.clock),
      spentEpochs: spent.epochs,
      remainingSeconds: isRunning ? remainingSeconds(study) : null,
    },
    final: study.final?.results ?? null,
    finalSentence: study.final?.sentence ?? null,
  }
}

/** More searches than a studio shows at once. */
const MOST_KNOWN = 300

/** While a search goes on, what was computed from this share of its reports is good enough. */
const RECENT = 0.9

interface Known {
  readonly reports: number
  /** What else it followed from. */
  readonly mark: string
  readonly result: ImportanceResult | null
}

/** By search: views are asked for more often than trials report, and in studios of searches that ended long ago. */
const known = new Map<string, Known>()

function importanceNow({ rules, trials, reported, ended }: Study): ImportanceResult | null {
  const measured = searchedOf(trials).flatMap(({ parameters, observation: { losses, hasFailed } }) =>
    losses && !hasFailed ? [{ parameters, losses }] : [],
  )
  const reports = reported.length
  // A log only grows, and no two searches have a run in common.
  const search = `${trials[0]?.run} ${JSON.stringify(rules.space)}`
  const mark = `${measured.length} ${reported.at(-1)?.losses}`
  const before = known.get(search)
  if (before?.reports === reports && before.mark === mark) return before.result
  if (before && !ended && before.reports <= reports && before.reports >= RECENT * reports)
    return before.result
  const result = importanceOf(rules.space, measured, { seed: rules.seed })
  known.delete(search)
  known.set(search, { reports, mark, result })
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!)
  return result
}

const states = { budget: 'done', exhausted: 'done', failures: 'failed', interrupted: 'interrupted' } as const

/** How a search is: one that has no end, and no process that runs it, was interrupted. */
export function stateOf({ ended }: Study, isRunning: boolean): StudyView['state'] {
  if (ended) return states[ended.reason]
  return isRunning ? 'running' : 'interrupted'
}

function rowOf(trial: Trial, isGoingOn: boolean): TrialRow {
  const { observation: _, target: __, isDone: ___, ...shown } = trial
  return {
    ...shown,
    state: trialState(trial, isGoingOn),
    values: trial.reports.at(-1)?.values ?? null,
    reports: trial.reports.map(({ epochs, values }) => ({ epochs, values })),
  }
}

function trialState({ reason, isDone, target, reports }: Trial, isGoingOn: boolean): TrialState {
  if (reason !== null) return 'failed'
  if (isDone) return 'finished'
  if (target !== null) return isGoingOn ? 'running' : 'waiting'
  return reports.length > 0 ? 'paused' : 'waiting'
}
