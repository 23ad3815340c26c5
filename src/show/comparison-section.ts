import { clockTime, count, plural, plusMinus, points, shortFingerprint, signedPoints } from '../base/text.ts'
import {
  type ComparedModel,
  type Comparison,
  LEVEL,
  type ModelComparison,
  type ModelCost,
  pText,
  type TestLooks,
} from '../protocol/comparison.ts'
import { type Block, note, type Section, section, tableBlock, text } from '../protocol/section.ts'
import { type Cell, type ColumnOf, type Table, tableOf } from '../protocol/table.ts'

type Effects = Comparison['classEffects']

/** How many differences of classes are shown. */
const SHOWN_CLASSES = 20

/** Which of several models is better, how sure that is, and what each costs. */
export function comparisonSection(comparison: Comparison): Section {
  const { verdict, dataset, fingerprint, images, looks, warnings, models, pairs, pareto, classEffects } =
    comparison
  return section('comparison', 'Comparison', [
    { kind: 'verdict', text: verdict },
    { kind: 'warnings', warnings },
    tableBlock('models', modelsTable(models, pareto)),
    note('* no other model is both as accurate and as cheap in this'),
    section('pairs', 'Differences in accuracy, in percentage points', [
      tableBlock('differences', pairsTable(pairs)),
      ...pairs.flatMap(aloneRight),
    ]),
    classesSection(classEffects),
    note(
      `On ${count(images)} test images of ${dataset} ${shortFingerprint(fingerprint)}. ${looksSentence(looks)}`,
    ),
  ])
}

/** How often the test images have been looked at, in a sentence. */
export function looksSentence({ tests, epochs, calls, total }: TestLooks): string {
  const parts = [
    `${plural(tests, 'run')} tested at the end`,
    ...(epochs > 0 ? [`${plural(epochs, 'epoch')} validated on them`] : []),
    `${plural(calls, 'call')} of evaluate, compare and report`,
  ]
  return `They have been looked at ${plural(total, 'time')} in this store: ${parts.join(', ')}.`
}

const costs: readonly (readonly [cost: keyof ModelCost, title: string, show: (value: number) => string])[] = [
  ['params', 'Parameters', count],
  ['multiplyAdds', 'Multiply-adds', count],
  ['trainSeconds', 'Training', clockTime],
  ['latencyMs', 'One image, ms', value => value.toFixed(3)],
]

/** Models with their accuracy and costs; a model on the front of a cost has a mark there. */
export function modelsTable(
  models: readonly (Omit<ComparedModel, 'cost'> & {
    readonly cost: Readonly<Record<keyof ModelCost, number | null>>
  })[],
  pareto: Comparison['pareto'] | null,
): Table {
  type Row = (typeof models)[number]
  const costColumn = ([key, title, show]: (typeof costs)[number]): ColumnOf<Row> => [
    key,
    title,
    ({ name, cost: { [key]: value } }) => {
      const mark = pareto === null ? '' : pareto[key].includes(name) ? ' *' : '  '
      return value === null ? null : { value, text: `${show(value)}${mark}` }
    },
    { optional: key === 'latencyMs' },
  ]
  const seedOf = ({ id, seed, accuracy }: Row['runs'][number]) => ({
    id,
    text: `seed ${seed}: ${points(accuracy)}`,
  })
  return tableOf<Row>(models, [
    ['model', 'Model', ({ name }) => name],
    ['accuracy', 'Accuracy, %', one => ({ value: one.accuracy.mean, text: plusMinus(one.accuracy, points) })],
    ['seeds', 'Seeds', ({ accuracy, runs }) => ({ value: accuracy.n, runs: runs.map(seedOf) })],
    ...costs.map(costColumn),
  ])
}

interface Difference {
  readonly difference: number
  readonly interval: readonly [number, number]
  readonly correctedP: number
}

/** A difference in points, its interval on an axis that holds all of them, and its p-value. */
function differenceColumns(all: readonly Difference[], corrected: string): ColumnOf<Difference>[] {
  const reach = Math.max(0.005, ...all.flatMap(({ interval }) => interval).map(Math.abs))
  const intervalOf = ({ difference: value, interval: [low, high] }: Difference) => ({
    value: `${signedPoints(low)} to ${signedPoints(high)}`,
    span: { low, value, high, reach },
  })
  const pOf = ({ correctedP: value }: Difference) =>
    value < LEVEL ? value : { value, text: pText(value), tone: 'quiet' as const }
  const note = `p: how often chance alone makes such a difference, corrected for ${corrected}.`
  return [
    ['points', 'Points', ({ difference }) => difference, signedPoints],
    ['interval', '95 % interval', intervalOf],
    ['p', 'p', pOf, { show: pText, note }],
  ]
}

export function pairsTable(pairs: readonly ModelComparison[]): Table {
  const note = 'Detectable: the smallest true difference that such runs find four times out of five.'
  const verdictOf = ({ verdict: value }: ModelComparison): Cell =>
    value === 'no evidence' ? { value } : { value, tone: value === 'better' ? 'good' : 'bad' }
  return tableOf(pairs, [
    ['model', 'Model', ({ second }) => second],
    ['against', 'against', ({ first }) => first],
    ...differenceColumns(pairs, 'all pairs'),
    ['detectable', 'Detectable', pair => pair.detectable, { show: points, optional: true, note }],
    ['verdict', 'Verdict', verdictOf, { whole: true }],
  ])
}

/** The images that only one of two runs got right. */
function aloneRight({ first, second, images, discordance }: ModelComparison): Block[] {
  if (!discordance) return []
  const { onlyFirst, onlySecond } = discordance
  return [
    text(
      `Only ${first} is right on ${count(onlyFirst)} of ${count(images)} images, only ${second} on ${count(onlySecond)}.`,
    ),
  ]
}

/** The classes that differ by more than chance. */
function classesSection(effects: Effects): Section {
  const all = effects.flatMap(({ classes }) => classes).length
  const { columns, rows } = classesTable(
    effects.map(({ classes, ...pair }) => ({ ...pair, classes: classes.filter(isSure) })),
  )
  const more = rows.length > SHOWN_CLASSES ? ` ${rows.length - SHOWN_CLASSES} more are in --json.` : ''
  return section('classes', 'Class by class', [
    text(
      rows.length === 0
        ? 'Class by class, no recall differs by more than chance.'
        : `${rows.length} of ${plural(all, 'difference')} in recall ${rows.length === 1 ? 'is' : 'are'} more than chance.${more}`,
    ),
    tableBlock('recalls', { columns, rows: rows.slice(0, SHOWN_CLASSES) }),
  ])
}

const isSure = ({ correctedP }: Difference): boolean => correctedP < LEVEL

/** Differences in recall, class by class: what is more than chance comes first, then what is furthest apart. */
export function classesTable(effects: Effects): Table {
  const shown = effects
    .flatMap(({ first, second, classes }) => classes.map(effect => ({ first, second, ...effect })))
    .sort((a, b) => Number(isSure(b)) - Number(isSure(a)) || Math.abs(b.difference) - Math.abs(a.difference))
  return tableOf(shown, [
    ['model', 'Model', ({ second }) => second],
    ['against', 'against', ({ first }) => first],
    ['class', 'Recall of', ({ name }) => name],
    ...differenceColumns(shown, 'the number of classes'),
    ['images', 'Images', ({ examples }) => examples, { show: count, optional: true }],
  ])
}
