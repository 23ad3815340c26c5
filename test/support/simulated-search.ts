import { normalNumber, RandomStream } from '../../src/base/random.ts'
import type { ParameterValues, StudyEvent } from '../../src/protocol/study.ts'
import { uniform } from '../../src/search/distributions/index.ts'
import { definitionOf, none, type SchedulerSpec } from '../../src/search/schedulers/index.ts'
import { oneByOne } from '../../src/search/search-time.ts'
import type { Study } from '../../src/search/study.ts'
import type { StudyRules } from '../../src/search/study-state.ts'

/** Rules of a search for the `x` between 0 and 1 with the least loss, at a place that no grid hits. */
export function rulesWith({
  scheduler = none(),
  ...rest
}: Partial<StudyRules> & { readonly scheduler?: SchedulerSpec } = {}): StudyRules {
  return {
    space: { x: uniform(0, 1) },
    objectives: [{ name: 'valLoss', label: 'Val loss', better: 'lower', unit: 'number' }],
    suggest: ({ trial, seed }) => ({ x: new RandomStream(seed).uniform(trial) }),
    scheduling: definitionOf(scheduler).scheduling(scheduler),
    epochsOf: () => 27,
    trials: 20,
    seconds: null,
    clock: oneByOne,
    seed: 5,
    repeats: { top: 3, seeds: 2 },
    start: null,
    ...rest,
  }
}

/** What training would have measured. */
export interface Training {
  /** By objective; or why it cannot be trained. */
  readonly values: readonly number[] | string
  /** Where early stopping ends it; left out: nowhere. */
  readonly stopsAt?: number
}

export interface Playing {
  readonly workers?: number
  /** The place of the trial that reports next, among those that are being trained. Default: the first. */
  readonly pick?: (running: number) => number
  readonly train?: (parameters: ParameterValues, epochs: number, seed: number) => Training
  /** Default: 1. */
  readonly secondsPerEpoch?: (seed: number) => number
}

/** A curve that falls with epochs to (x − 0.37)², with a little noise by seed. */
export function curve({ x }: ParameterValues, epochs: number, seed: number): Training {
  const noise = normalNumber(new RandomStream(seed).key, Math.round(1e6 * (x as number)), epochs)
  return { values: [((x as number) - 0.37) ** 2 + 1 / epochs + 0.001 * noise] }
}

/** Plays a search to its end, as workers would; returns its log, and what was decided after how many events. */
export function play(
  study: Study,
  { workers = 1, pick = () => 0, train = curve, secondsPerEpoch = () => 1 }: Playing = {},
): { readonly log: StudyEvent[]; readonly decisions: { readonly at: number; readonly free: number }[] } {
  const log: StudyEvent[] = []
  const decisions: { at: number; free: number }[] = []
  const add = (event: StudyEvent): void => {
    study.apply(event)
    log.push(event)
  }
  const running = () => study.trials.filter(({ target }) => target !== null)
  for (;;) {
    const free = workers - running().length
    decisions.push({ at: log.length, free })
    study.decide({ free, newRunId: runIds(study) }).forEach(add)
    if (study.ended) return { log, decisions }
    const trial = running()[pick(running().length)]!
    const { values, stopsAt = Infinity } = train(trial.parameters, trial.target!, trial.seed)
    const epochs = Math.min(trial.target!, stopsAt)
    add(
      typeof values === 'string'
        ? { type: 'fail', trial: trial.trial, reason: values, seconds: secondsPerEpoch(trial.seed) }
        : {
            ...{ type: 'report', trial: trial.trial, epochs, values },
            isDone: stopsAt <= trial.target!,
            seconds: epochs * secondsPerEpoch(trial.seed),
          },
    )
  }
}

/** Ids that follow from the number of trials, so that a search that is played again has the same ones. */
export function runIds({ trials }: Study): () => string {
  let next = trials.length
  return () => (next++).toString(16).padStart(12, '0')
}
