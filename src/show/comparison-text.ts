import { clockTime, count, plural, plusMinus, points, signedPoints } from '../base/text.ts'
import {
  type ComparedModel,
  type Comparison,
  LEVEL,
  type ModelCost,
  pText,
  type TestLooks,
} from '../protocol/comparison.ts'
import { type Column, table } from './table.ts'

/** A comparison as a page of text: the verdict first, then what it rests on. */
export function comparisonText(comparison: Comparison): string {
  const { verdict, dataset, fingerprint, images, warnings } = comparison
  return [
    `${verdict}`,
    modelTable(comparison),
    pairTable(comparison),
    ...effectTables(comparison),
    `On ${count(images)} test images of ${dataset} ${fingerprint.slice(0, 12)}. ${looksSentence(comparison.looks)}`,
    warnings.map(warning => `! ${warning}`).join('\n'),
  ]
    .filter(part => part !== '')
    .join('\n\n')
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

const left = (title: string): Column => ({ title, align: 'left' })
const right = (title: string): Column => ({ title, align: 'right' })

/** Where a model is on the front of a cost, its cell has a mark. */
function modelTable({ models, pareto }: Comparison): string {
  const cost = (model: ComparedModel, key: keyof ModelCost, show: (value: number) => string): string => {
    const value = model.cost[key]
    if (value === null) return ''
    return `${show(value)}${pareto[key].includes(model.name) ? ' *' : '  '}`
  }
  const rows = models.map(model => {
    return [
      model.name,
      plusMinus(model.accuracy, points),
      String(model.accuracy.n),
      cost(model, 'params', count),
      cost(model, 'multiplyAdds', count),
      cost(model, 'trainSeconds', clockTime),
      cost(model, 'latencyMs', value => value.toFixed(3)),
    ]
  })
  const columns = [
    left('Model'),
    right('Accuracy, %'),
    right('Seeds'),
    right('Parameters  '),
    right('Multiply-adds  '),
    right('Training  '),
    right('One image, ms  '),
  ]
  return `${table(columns, rows)}\n* no other model is both as accurate and as cheap in this`
}

function pairTable({ pairs }: Comparison): string {
  if (pairs.length === 1) {
    const { discordance, images, first, second } = pairs[0]!
    if (!discordance) return ''
    const { onlyFirst, onlySecond } = discordance
    return `Of ${count(images)} images ${first} alone is right on ${count(onlyFirst)}, ${second} alone on ${count(onlySecond)}.`
  }
  const rows = pairs.map(({ first, second, difference, interval, correctedP, detectable, verdict }) => [
    second,
    first,
    signedPoints(difference),
    `${signedPoints(interval[0])} to ${signedPoints(interval[1])}`,
    pText(correctedP),
    points(detectable),
    verdict,
  ])
  return table(
    [
      left('Model'),
      left('against'),
      right('Points'),
      right('95 % interval'),
      right('p, corrected'),
      right('Detectable'),
      left('Verdict'),
    ],
    rows,
  )
}

/** More lines than this are no help; JSON has all of them. */
const LINES = 12

/** Only classes that differ by more than chance, the widest apart first. */
function effectTables({ classEffects }: Comparison): string[] {
  const all = classEffects.flatMap(({ first, second, classes }) =>
    classes
      .filter(({ correctedP }) => correctedP < LEVEL)
      .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
      .map(({ name, difference, interval, examples, correctedP }) => [
        second,
        first,
        name,
        signedPoints(difference),
        `${signedPoints(interval[0])} to ${signedPoints(interval[1])}`,
        pText(correctedP),
        count(examples),
      ]),
  )
  if (all.length === 0) return ['Class by class, no recall differs by more than chance.']
  const more = all.length > LINES ? [`${all.length - LINES} more lines like these are in --json.`] : []
  return [
    table(
      [
        left('Model'),
        left('against'),
        left('Recall of'),
        right('Points'),
        right('95 % interval'),
        right('p, corrected'),
        right('Images'),
      ],
      all.slice(0, LINES),
    ),
    ...more,
  ]
}
