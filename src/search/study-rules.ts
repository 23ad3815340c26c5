import { trainingOf } from '../train/experiment.ts'
import { objectiveFacts } from './objectives.ts'
import { suggest } from './samplers/index.ts'
import { definitionOf as schedulerOf } from './schedulers/index.ts'
import type { Search } from './search.ts'
import { oneByOne, type SearchClock } from './search-time.ts'
import type { StudyRules } from './study-state.ts'

/** What the decisions of a search follow from, besides its events. */
export function rulesOf({ spec, experimentOf }: Search, clock: SearchClock = oneByOne): StudyRules {
  const { space, sampler, scheduler, minutes, trials, seed, repeats, start } = spec
  return {
    ...{ space, trials, seed, repeats, start, clock },
    objectives: spec.objective.map(objectiveFacts),
    suggest: question => suggest(question, sampler),
    scheduling: schedulerOf(scheduler).scheduling(scheduler),
    epochsOf(parameters) {
      const experiment = experimentOf(parameters)
      return trainingOf(experiment, Object.keys(experiment.models)[0]!).epochs
    },
    seconds: minutes === null ? null : 60 * minutes,
  }
}
