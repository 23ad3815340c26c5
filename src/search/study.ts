import { HeddleError } from '../base/errors.ts'
import type { StudyEvent } from '../protocol/study.ts'
import { decide } from './decide.ts'
import type { Observation } from './samplers/sampler.ts'
import type { Reported, StudyRules, Trial } from './study-state.ts'

type EventOf<T extends StudyEvent['type']> = StudyEvent & { readonly type: T }

/**
 * The state of a search: its events, folded. The same rules and the same events give the same decisions, in every process. A
 * coordinator applies the events of the store, asks what follows, stores that, and applies it too.
 */
export class Study {
  readonly rules: StudyRules
  readonly #trials: Trial[]
  readonly #reported: Reported[] = []
  readonly #runs = new Set<string>()
  #ended: EventOf<'end'> | null = null
  #final: EventOf<'final'> | null = null
  #events = 0
  #seconds = 0
  #epochs = 0

  constructor(rules: StudyRules, trials: readonly Trial[] = []) {
    this.rules = rules
    this.#trials = [...trials]
    for (const { seconds, epochs } of trials) {
      this.#seconds += seconds
      this.#epochs += epochs
    }
  }

  /** By number, repeats included. */
  get trials(): readonly Trial[] {
    return this.#trials
  }

  /** The reports of the search, without those of repeats, in their order. */
  get reported(): readonly Reported[] {
    return this.#reported
  }

  /** How many events there were: the place of the next one. */
  get events(): number {
    return this.#events
  }

  /** Why it is not going on; `null`: it is. */
  get ended(): EventOf<'end'> | null {
    return this.#ended
  }

  /** What the test images said; `null`: they are sealed. */
  get final(): EventOf<'final'> | null {
    return this.#final
  }

  /** What all trials have been trained, repeats included: seconds of training, not of the search. */
  get spent(): { readonly seconds: number; readonly epochs: number } {
    return { seconds: this.#seconds, epochs: this.#epochs }
  }

  /**
   * Events that follow now: what up to `free` further workers are to do, or the end of the search. They are not applied yet. None: what is being
   * trained has to report first.
   */
  decide({ free, newRunId }: { readonly free: number; readonly newRunId: () => string }): StudyEvent[] {
    if (this.#ended) return []
    const ahead = new Study(this.rules, this.#trials)
    const events: StudyEvent[] = []
    for (let busy = 0; busy < free && !ahead.#ended; ) {
      const next = decide(ahead, newRunId)
      if (next.length === 0) break
      for (const event of next) {
        ahead.apply(event)
        if (event.type === 'train') busy++
      }
      events.push(...next)
    }
    return events
  }

  /** Takes the next event. Throws a `HeddleError` for one that cannot follow the events before it. */
  apply(event: StudyEvent): void {
    switch (event.type) {
      case 'ask':
        this.#ask(event)
        break
      case 'train':
        this.#train(event)
        break
      case 'report':
        this.#report(event)
        break
      case 'fail': {
        const trial = this.#unfinished(event)
        this.#replace({
          ...trial,
          target: null,
          isDone: true,
          reason: event.reason,
          seconds: event.seconds ?? trial.seconds,
        })
        break
      }
      case 'end':
        if (this.#ended) throw this.#impossible(event, 'the search has ended before')
        this.#ended = event
        break
      case 'resume':
        if (!this.#ended) throw this.#impossible(event, 'the search has not ended')
        this.#ended = null
        break
      case 'final':
        for (const { trial } of event.results) this.#trial(event, trial)
        this.#final = event
        break
    }
    this.#events++
  }

  #ask(event: EventOf<'ask'>): void {
    const { trial, parameters, origin, seed, run, epochs: maxEpochs, of = null } = event
    if (this.#ended) throw this.#impossible(event, 'the search has ended')
    if (trial !== this.#trials.length)
      throw this.#impossible(event, `the next trial is ${this.#trials.length}, not ${trial}`)
    if (this.#runs.has(run)) throw this.#impossible(event, `another trial has the run ${run}`)
    if ((of !== null) !== (origin === 'repeat'))
      throw this.#impossible(event, 'a repeat names its trial, and no other does')
    if (of !== null && this.#trial(event, of).origin === 'repeat')
      throw this.#impossible(event, `trial ${of} is a repeat itself`)
    this.#runs.add(run)
    this.#replace({ trial, parameters, origin, seed, run, of, maxEpochs, ...untrained })
  }

  #train(event: EventOf<'train'>): void {
    const trial = this.#unfinished(event)
    if (this.#ended) throw this.#impossible(event, 'the search has ended')
    if (trial.target !== null) throw this.#impossible(event, `trial ${trial.trial} is being trained`)
    if (event.epochs <= trial.epochs || event.epochs > trial.maxEpochs)
      throw this.#impossible(event, `trial ${trial.trial} has ${trial.epochs} of ${trial.maxEpochs} epochs`)
    this.#replace({ ...trial, target: event.epochs })
  }

  #report(event: EventOf<'report'>): void {
    const { epochs, values, seconds } = event
    const trial = this.#unfinished(event)
    const { target, maxEpochs, origin } = trial
    if (target === null) throw this.#impossible(event, `trial ${trial.trial} is not being trained`)
    if (epochs < trial.epochs || epochs > target || (epochs < target && !event.isDone))
      throw this.#impossible(
        event,
        `trial ${trial.trial} is being trained from ${trial.epochs} to ${target} epochs`,
      )
    if (values.length !== this.rules.objectives.length)
      throw this.#impossible(event, `the search has ${this.rules.objectives.length} objectives`)
    if (!values.every(Number.isFinite)) throw this.#impossible(event, 'its values must be finite')
    const losses = this.#lossesOf(values)
    this.#replace({
      ...trial,
      target: null,
      isDone: event.isDone || epochs === maxEpochs,
      reports: [...trial.reports, { epochs, values, loss: losses[0]! }],
      epochs,
      seconds,
    })
    if (origin !== 'repeat') this.#reported.push({ trial: trial.trial, losses, ...this.spent })
  }

  #replace(trial: Omit<Trial, 'observation'>): void {
    const before = this.#trials[trial.trial]
    this.#seconds += trial.seconds - (before?.seconds ?? 0)
    this.#epochs += trial.epochs - (before?.epochs ?? 0)
    this.#trials[trial.trial] = { ...trial, observation: this.#observationOf(trial) }
  }

  #observationOf({ parameters, reports, epochs, reason }: Omit<Trial, 'observation'>): Observation {
    const values = reports.at(-1)?.values
    return {
      parameters,
      losses: values ? this.#lossesOf(values) : null,
      epochs,
      hasFailed: reason !== null,
    }
  }

  #lossesOf(values: readonly number[]): number[] {
    return values.map((value, i) => (this.rules.objectives[i]!.better === 'higher' ? -value : value))
  }

  #trial(event: StudyEvent, number: number): Trial {
    const trial = this.#trials[number]
    if (!trial) throw this.#impossible(event, `there is no trial ${number}`)
    return trial
  }

  #unfinished(event: EventOf<'train' | 'report' | 'fail'>): Trial {
    const trial = this.#trial(event, event.trial)
    if (trial.isDone) throw this.#impossible(event, `trial ${trial.trial} has come to its end`)
    return trial
  }

  #impossible({ type }: StudyEvent, why: string): HeddleError {
    return new HeddleError(
      `Event ${this.#events} of this search ("${type}") cannot follow the events before it: ${why}. The log of the search is damaged, ` +
        'or belongs to another search.',
    )
  }
}

const untrained = { target: null, reports: [], epochs: 0, seconds: 0, isDone: false, reason: null } as const
