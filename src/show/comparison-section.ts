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
import type { Block, Section } from '../protocol/section.ts'
import type { Cell, Table } from '../protocol/table.ts'

type Effects = Comparison['classEffects']

/** How many differences of classes are shown. */
const SHOWN_CLASSES = 20

/** Which of several models is better, how sure that is, and what each costs. */
export function comparisonSection(comparison: Comparison): Section {
  const { verdict, dataset, fingerprint, images, looks, warnings, models, pairs, pareto, classEffects } =
    comparison
  return {
    kind: 'section',
    name: 'comparison',
    title: 'Comparison',
    blocks: [
      { kind: 'verdict', text: verdict },
      { kind: 'warnings', warnings },
      { kind: 'table', name: 'models', table: modelsTable(models, pareto) },
      { kind: 'note', text: '* no other model is both as accurate and as cheap in this' },
      {
        kind: 'section',
        name: 'pairs',
        title: 'Differences in accuracy, in percentage points',
        blocks: [
          { kind: 'table', name: 'differences', table: pairsTable(pairs) },
          ...pairs.flatMap(aloneRight),
        ],
      },
      classesSection(classEffects),
      {
        kind: 'note',
        text: `On ${count(images)} test images of ${dataset} ${shortFingerprint(fingerprint)}. ${looksSentence(looks)}`,
      },
    ],
  }
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
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'accuracy', title: 'Accuracy, %' },
      { key: 'seeds', title: 'Seeds' },
      ...costs.map(([key, title]) => ({ key, title, optional: key === 'latencyMs' })),
    ],
    rows: models.map(({ name, accuracy, runs, cost }) => ({
      model: name,
      accuracy: { value: accuracy.mean, text: plusMinus(accuracy, points) },
      seeds: {
        value: accuracy.n,
        runs: runs.map(run => ({ id: run.id, text: `seed ${run.seed}: ${points(run.accuracy)}` })),
      },
      ...Object.fromEntries(
        costs.map(([key, , show]): [string, Cell | null] => {
          const value = cost[key]
          if (value === null) return [key, null]
          const mark = pareto === null ? '' : pareto[key].includes(name) ? ' *' : '  '
          return [key, { value, text: `${show(value)}${mark}` }]
        }),
      ),
    })),
  }
}

interface Difference {
  readonly difference: number
  readonly interval: readonly [number, number]
  readonly correctedP: number
}

/** A difference in points, its interval on an axis that holds all of them, and its p-value. */
function differenceCells({ difference, interval: [low, high], correctedP }: Difference, reach: number) {
  return {
    points: difference,
    interval: {
      value: `${signedPoints(low)} to ${signedPoints(high)}`,
      span: { low, value: difference, high, reach },
    },
    p:
      correctedP < LEVEL
        ? correctedP
        : { value: correctedP, text: pText(correctedP), tone: 'quiet' as const },
  }
}

const differenceColumns = (corrected: string) => [
  { key: 'points', title: 'Points', show: signedPoints },
  { key: 'interval', title: '95 % interval' },
  {
    key: 'p',
    title: 'p',
    show: pText,
    note: `p: how often chance alone makes such a difference, corrected for ${corrected}.`,
  },
]

/** What all of some intervals fit into. */
function reachOf(differences: readonly Difference[]): number {
  return Math.max(0.005, ...differences.flatMap(({ interval }) => interval).map(Math.abs))
}

function pairsTable(pairs: readonly ModelComparison[]): Table {
  const reach = reachOf(pairs)
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'against', title: 'against' },
      ...differenceColumns('all pairs'),
      {
        key: 'detectable',
        title: 'Detectable',
        show: points,
        optional: true,
        note: 'Detectable: the smallest true difference that such runs find four times out of five.',
      },
      { key: 'verdict', title: 'Verdict', whole: true },
    ],
    rows: pairs.map(pair => ({
      model: pair.second,
      against: pair.first,
      ...differenceCells(pair, reach),
      detectable: pair.detectable,
      verdict: {
        value: pair.verdict,
        ...(pair.verdict !== 'no evidence' && { tone: pair.verdict === 'better' ? 'good' : 'bad' }),
      },
    })),
  }
}

/** The images that only one of two runs got right. */
function aloneRight({ first, second, images, discordance }: ModelComparison): Block[] {
  if (!discordance) return []
  const { onlyFirst, onlySecond } = discordance
  const text = `Only ${first} is right on ${count(onlyFirst)} of ${count(images)} images, only ${second} on ${count(onlySecond)}.`
  return [{ kind: 'text', text }]
}

/** The classes that differ by more than chance. */
function classesSection(effects: Effects): Section {
  const all = effects.flatMap(({ classes }) => classes).length
  const { columns, rows } = classesTable(
    effects.map(({ classes, ...pair }) => ({ ...pair, classes: classes.filter(isSure) })),
  )
  const more = rows.length > SHOWN_CLASSES ? ` ${rows.length - SHOWN_CLASSES} more are in --json.` : ''
  return {
    kind: 'section',
    name: 'classes',
    title: 'Class by class',
    blocks: [
      {
        kind: 'text',
        text:
          rows.length === 0
            ? 'Class by class, no recall differs by more than chance.'
            : `${rows.length} of ${plural(all, 'difference')} in recall ${rows.length === 1 ? 'is' : 'are'} more than chance.${more}`,
      },
      { kind: 'table', name: 'recalls', table: { columns, rows: rows.slice(0, SHOWN_CLASSES) } },
    ],
  }
}

const isSure = ({ correctedP }: Difference): boolean => correctedP < LEVEL

/** Differences in recall, class by class: what is more than chance comes first, then what is furthest apart. */
export function classesTable(effects: Effects): Table {
  const shown = effects
    .flatMap(({ first, second, classes }) => classes.map(effect => ({ first, second, ...effect })))
    .sort((a, b) => Number(isSure(b)) - Number(isSure(a)) || Math.abs(b.difference) - Math.abs(a.difference))
  const reach = reachOf(shown)
  return {
    columns: [
      { key: 'model', title: 'Model' },
      { key: 'against', title: 'against' },
      { key: 'class', title: 'Recall of' },
      ...differenceColumns('the number of classes'),
      { key: 'images', title: 'Images', show: count, optional: true },
    ],
    rows: shown.map(effect => ({
      model: effect.second,
      against: effect.first,
      class: effect.name,
      ...differenceCells(effect, reach),
      images: effect.examples,
    })),
  }
}
