import { didYouMean, UsageError } from '../base/errors.ts'
import { momentNamed } from '../base/moment.ts'
import type { MetricFacts } from './metric.ts'
import type { ListedRun } from './run.ts'

/** What filters ask of a run. */
export type FilteredRun = Readonly<Omit<ListedRun, 'fingerprint' | 'stepsPerEpoch' | 'study'>> & {
  readonly tags: readonly string[]
}

export interface FilterOptions {
  /** The numbers that runs may have, such as `valAccuracy`. */
  readonly measures: readonly Pick<MetricFacts, 'name' | 'unit'>[]
  /** Milliseconds since 1970: what `yesterday` is measured from. */
  readonly now: number
}

/** A filter that cannot be read; the word from `start` to `end` of `text` is what is wrong. */
export class FilterError extends UsageError {
  override name = 'FilterError'
  readonly text: string
  readonly start: number
  readonly end: number

  constructor(message: string, { text, start, end }: { text: string; start: number; end: number }) {
    super(message)
    this.text = text
    this.start = start
    this.end = end
  }

  /** The message, and below it the filter with a mark under the word: for a terminal. */
  get pointed(): string {
    const shown = this.text.slice(0, this.end + 40).replaceAll(/\s/g, ' ')
    const mark = '^'.repeat(Math.max(1, this.end - this.start))
    return `${this.message}\n  ${shown}\n  ${' '.repeat(this.start)}${mark}`
  }
}

type Test = (run: FilteredRun) => boolean

/** Upper limits: a filter is a line that a person types. */
const [MOST_LETTERS, MOST_BRACKETS] = [2000, 50]

/**
 * A test of runs from a text such as `valAccuracy > 0.9 and tag:baseline and started > yesterday`.
 *
 * - A word alone must be found in what a run is called by: id, experiment, model, name, data, user, tags, note.
 * - `name operator value`: `=`, `!=`, `<`, `<=`, `>`, `>=`, and `:`, which asks whether a text contains the value or a run has the tag.
 * - Values: numbers (`0.9`, `90%`, `100k`), durations (`90s`, `10min`, `2h`), moments (`yesterday`, `2026-11-30`, `3d` for three days ago), texts,
 *   in quotes if they have spaces. A day begins where `>`, `>=` and `<` are asked, ends where `<=` is, and `=` is any time of it.
 * - `and`, `or`, `not` and brackets; `and` may be left out. A comparison with a number that a run lacks is false.
 *
 * Throws a `FilterError` that points at the word.
 *
 * @example
 * const test = runFilter('valAccuracy > 90% and not tag:old', { measures: [{ name: 'valAccuracy', unit: 'share' }], now: 0 })
 */
export function runFilter(text: string, options: FilterOptions): Test {
  if (text.length > MOST_LETTERS)
    throw new FilterError(`A filter has at most ${MOST_LETTERS} characters, not ${text.length}.`, {
      text,
      start: MOST_LETTERS,
      end: MOST_LETTERS + 1,
    })
  return new Parser(text, options).parse()
}

/** The names that filters know, besides those of what was measured. */
export const filterNames = (): readonly string[] => Object.keys(fields)

interface Token {
  readonly kind: 'word' | 'quoted' | 'operator' | 'open' | 'close' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
}

const operators = ['=', '!=', '<', '<=', '>', '>=', ':'] as const
type Operator = (typeof operators)[number]

type Field =
  | {
      readonly kind: 'text'
      readonly of: (run: FilteredRun) => string | null
      readonly among?: readonly string[]
    }
  | { readonly kind: 'tags' }
  | {
      readonly kind: 'number' | 'share' | 'duration' | 'moment'
      readonly of: (run: FilteredRun) => number | null | undefined
    }

const text = (of: (run: FilteredRun) => string | null): Field => ({ kind: 'text', of })
const number = (of: (run: FilteredRun) => number): Field => ({ kind: 'number', of })

const fields: Readonly<Record<string, Field>> = {
  id: text(run => run.id),
  experiment: text(run => run.experiment),
  model: text(run => run.model),
  data: text(run => run.dataset),
  user: text(run => run.user),
  name: text(run => run.name),
  note: text(run => run.note),
  reason: text(run => run.reason),
  status: {
    kind: 'text',
    of: run => run.status,
    among: ['running', 'finished', 'interrupted', 'failed', 'unreadable'],
  },
  tag: { kind: 'tags' },
  seed: number(run => run.seed),
  epochs: number(run => run.epochsDone),
  parameters: number(run => run.params),
  batch: number(run => run.batchSize),
  time: { kind: 'duration', of: run => run.seconds },
  started: { kind: 'moment', of: run => run.createdAt },
  ended: { kind: 'moment', of: run => run.endedAt },
}

/** What columns and options call the same. */
const otherNames: Readonly<Record<string, string>> = {
  run: 'id',
  dataset: 'data',
  tags: 'tag',
  epochsdone: 'epochs',
  params: 'parameters',
  batchsize: 'batch',
  seconds: 'time',
  createdat: 'started',
  endedat: 'ended',
}

class Parser {
  readonly #text: string
  readonly #options: FilterOptions
  #token: Token
  #brackets = 0

  constructor(text: string, options: FilterOptions) {
    this.#text = text
    this.#options = options
    this.#token = tokenAt(text, 0)
  }

  parse(): Test {
    if (this.#isEnd()) return () => true
    const test = this.#any()
    if (!this.#isEnd()) throw this.#wrong('There is no "(" that this ")" closes.')
    return test
  }

  #any(): Test {
    const tests = [this.#all()]
    while (this.#isWord('or')) {
      this.#next()
      tests.push(this.#all())
    }
    return tests.length === 1 ? tests[0]! : run => tests.some(test => test(run))
  }

  #all(): Test {
    const tests = [this.#one()]
    for (;;) {
      if (this.#isWord('and')) this.#next()
      else if (this.#token.kind === 'end' || this.#token.kind === 'close' || this.#isWord('or')) break
      tests.push(this.#one())
    }
    return tests.length === 1 ? tests[0]! : run => tests.every(test => test(run))
  }

  #one(): Test {
    let isNegated = false
    while (this.#isWord('not')) {
      this.#next()
      isNegated = !isNegated
    }
    const test = this.#plain()
    return isNegated ? run => !test(run) : test
  }

  #plain(): Test {
    const token = this.#token
    if (token.kind === 'open') return this.#bracket()
    if (token.kind !== 'quoted' && (token.kind !== 'word' || keywords.has(token.text.toLowerCase())))
      throw this.#wrong(
        token.kind === 'end'
          ? 'Something to look for is missing at the end.'
          : `Something to look for is missing before "${token.text}".`,
      )
    const next = tokenAt(this.#text, token.end)
    if (token.kind === 'word' && next.kind === 'operator') {
      const field = this.#field(token)
      this.#token = next
      return this.#comparison(token, field, next.text as Operator)
    }
    this.#token = next
    const wanted = token.text.toLowerCase()
    return run => calledBy(run).includes(wanted)
  }

  #bracket(): Test {
    const open = this.#token
    if (++this.#brackets > MOST_BRACKETS)
      throw this.#wrong(`At most ${MOST_BRACKETS} brackets stand in each other.`)
    this.#next()
    const test = this.#any()
    if (this.#token.kind !== 'close') throw this.#wrong('There is no ")" that closes this "(".', open)
    this.#brackets--
    this.#next()
    return test
  }

  #field(name: Token): Field {
    const key = name.text.toLowerCase()
    const own = otherNames[key] ?? key
    if (Object.hasOwn(fields, own)) return fields[own]!
    const { measures } = this.#options
    const measure = measures.find(one => one.name.toLowerCase() === key)
    if (measure)
      return {
        kind: measure.unit === 'share' ? 'share' : 'number',
        of: run => run.metrics[measure.name],
      }
    const hint = didYouMean(name.text, [...Object.keys(fields), ...measures.map(one => one.name)])
    throw this.#wrong(
      `Runs have no "${name.text}".${hint || ` They have ${Object.keys(fields).join(', ')}, and what was measured, such as valAccuracy.`}`,
      name,
    )
  }

  #comparison(name: Token, field: Field, operator: Operator): Test {
    const operatorToken = this.#token
    const value = valueAt(this.#text, operatorToken.end)
    if (value.kind === 'end')
      throw this.#wrong(`A value is missing after "${name.text} ${operator}".`, operatorToken)
    this.#token = tokenAt(this.#text, value.end)
    const isOrder = operator.startsWith('<') || operator.startsWith('>')
    if (isOrder && (field.kind === 'text' || field.kind === 'tags'))
      throw this.#wrong(`${name.text} is text: ask with "=", "!=" or ":".`, operatorToken)
    const wanted = value.text.toLowerCase()
    if (field.kind === 'tags') {
      const has: Test = run => run.tags.some(tag => tag.toLowerCase() === wanted)
      return operator === '!=' ? run => !has(run) : has
    }
    if (field.kind === 'text') {
      const { of, among } = field
      if (among && operator !== ':' && !among.includes(wanted))
        throw this.#wrong(
          `${name.text} is one of ${among.join(', ')}.${didYouMean(value.text, among)}`,
          value,
        )
      const own = (run: FilteredRun): string => (of(run) ?? '').toLowerCase()
      if (operator === ':') return run => own(run).includes(wanted)
      return operator === '=' ? run => own(run) === wanted : run => own(run) !== wanted
    }
    const [from, to] = this.#numbers(name, field.kind, value)
    const { of } = field
    return run => {
      const own = of(run)
      return own !== null && own !== undefined && compared[operator](own, from, to)
    }
  }

  /** A number, twice; or the beginning and the end of a day. */
  #numbers(
    name: Token,
    kind: 'number' | 'share' | 'duration' | 'moment',
    value: Token,
  ): readonly [number, number] {
    if (kind === 'moment') {
      const moment = momentNamed(value.text, this.#options.now)
      if (moment) return moment
      throw this.#wrong(
        `"${value.text}" is no moment: write today, yesterday, 2026-11-30, "2026-11-30 14:00", or 3d for three days ago (also h, w).`,
        value,
      )
    }
    const units = unitsOf[kind]
    const [, digits, unit = ''] =
      /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z%]*)$/i.exec(value.text) ?? []
    const factor = unit === '' ? 1 : (units[unit] ?? units[unit.toLowerCase()])
    if (digits === undefined || factor === undefined)
      throw this.#wrong(
        `"${value.text}" is no ${kind === 'duration' ? 'duration' : 'number'}: write ${examples[kind]}.`,
        value,
      )
    const wanted = Number(digits) * factor
    if (kind === 'share' && Math.abs(wanted) > 1)
      throw this.#wrong(
        `${name.text} is a share from 0 to 1: write ${digits}% or ${Number(digits) / 100}.`,
        value,
      )
    return [wanted, wanted]
  }

  #isEnd(): boolean {
    return this.#token.kind === 'end'
  }

  #isWord(word: string): boolean {
    return this.#token.kind === 'word' && this.#token.text.toLowerCase() === word
  }

  #next(): void {
    this.#token = tokenAt(this.#text, this.#token.end)
  }

  #wrong(message: string, { start, end }: Token = this.#token): FilterError {
    return new FilterError(message, { text: this.#text, start, end })
  }
}

const keywords = new Set(['and', 'or', 'not'])

const compared: Readonly<Record<Operator, (own: number, from: number, to: number) => boolean>> = {
  '=': (own, from, to) => own >= from && own <= to,
  ':': (own, from, to) => own >= from && own <= to,
  '!=': (own, from, to) => own < from || own > to,
  '<': (own, from) => own < from,
  '<=': (own, _, to) => own <= to,
  '>': (own, from) => own > from,
  '>=': (own, from) => own >= from,
}

const counts = { '%': 0.01, k: 1e3, m: 1e6, g: 1e9 }
const unitsOf: Readonly<Record<'number' | 'share' | 'duration', Readonly<Record<string, number>>>> = {
  number: counts,
  share: { '%': 0.01 },
  duration: { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 },
}
const examples = { number: '0.5, 1e-3 or 100k', share: '0.9 or 90%', duration: '90s, 10min or 2h' } as const

/** What a run is called by. */
function calledBy({ id, name, experiment, model, dataset, user, tags, note }: FilteredRun): string {
  return `${id}\n${name}\n${experiment}\n${model}\n${dataset}\n${user ?? ''}\n${tags.join('\n')}\n${note}`.toLowerCase()
}

function tokenAt(text: string, from: number): Token {
  const start = from + spaceAt(text, from)
  const rest = text.slice(start)
  const of = (kind: Token['kind'], length: number): Token => ({
    kind,
    text: rest.slice(0, length),
    start,
    end: start + length,
  })
  if (rest === '') return { kind: 'end', text: '', start: Math.max(0, start - 1), end: start }
  if (rest[0] === '(') return of('open', 1)
  if (rest[0] === ')') return of('close', 1)
  if (rest[0] === '"') return quoted(text, start)
  const [operator] = /^(?:!=|<=|>=|[=<>:])/.exec(rest) ?? []
  if (operator !== undefined) return of('operator', operator.length)
  return of('word', /^(?:!(?!=)|[^\s()"=<>:!])+/.exec(rest)![0].length)
}

/** What stands behind an operator: it may have signs in it that are operators elsewhere, as times of day do. */
function valueAt(text: string, from: number): Token {
  const start = from + spaceAt(text, from)
  if (text[start] === '"') return quoted(text, start)
  const [value] = /^[^\s()]+/.exec(text.slice(start)) ?? []
  return value === undefined
    ? { kind: 'end', text: '', start, end: start }
    : { kind: 'word', text: value, start, end: start + value.length }
}

function quoted(text: string, start: number): Token {
  const close = text.indexOf('"', start + 1)
  if (close < 0)
    throw new FilterError('The text that begins here has no closing quotation mark.', {
      text,
      start,
      end: text.length,
    })
  return { kind: 'quoted', text: text.slice(start + 1, close), start, end: close + 1 }
}

const spaceAt = (text: string, from: number): number => /^\s*/.exec(text.slice(from))![0].length
