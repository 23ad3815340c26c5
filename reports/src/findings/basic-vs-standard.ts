import { countLabels } from 'heddle'
import { accuracyError, compareAccuracy, noiseWidth } from 'heddle/analysis'
import { count, plural } from 'heddle/show'
import printed from '../../printed/002.json' with { type: 'json' }
import { type Comparison, points } from '../comparison.ts'
import { REPORTED_TEST_COUNT } from '../reported.ts'
import { epochOfLeast, epochsOf } from './epochs.ts'
import type { Evidence, Finding } from './finding.ts'

/** 002. */
export function basicVsStandard({ report, models, data, comparisons }: Evidence): Finding[] {
  const [basic, standard] = [models.get('basic')!, models.get('standard')!]
  const ratio = standard.multiplyAdds / basic.multiplyAdds
  const [a, b] = report.models
  const gap = compareAccuracy(
    { accuracy: a!.accuracy!, count: REPORTED_TEST_COUNT },
    { accuracy: b!.accuracy!, count: REPORTED_TEST_COUNT, seeds: 1, std: 0 },
  )
  const perClass = new Set(countLabels(data.train.labels, data.classNames.length))
  const [ours, theirs] = comparisons.map(({ accuracy }) => accuracy)
  const here =
    ours && theirs
      ? ` Here: ${points(theirs.mean - ours.mean)} points over ${ours.n === 1 ? 'one seed' : `${ours.n} seeds`}.`
      : ''
  return [
    {
      kind: ratio < 2.2 ? 'confirmed' : 'contradicted',
      claim: `The basic model is "${printed.claims.cost.claim}" as the standard one.`,
      found: `It needs ${count(basic.multiplyAdds)} multiply-adds for an image, the standard one ${count(standard.multiplyAdds)}: ${ratio.toFixed(1)} × as many. Its parameters are ${(standard.parameterCount / basic.parameterCount).toFixed(2)} × as many.`,
    },
    {
      kind: gap.verdict === 'within' ? 'contradicted' : 'confirmed',
      claim: `The standard model is better: ${b!.accuracy} against ${a!.accuracy}.`,
      found: `On ${count(REPORTED_TEST_COUNT)} images an accuracy has a standard error of ${(100 * accuracyError(a!.accuracy!, REPORTED_TEST_COUNT)).toFixed(2)} points; the gap is ${points(gap.difference)} points, ${(gap.difference / gap.error).toFixed(1)} standard errors of a difference: ${gap.verdict === 'within' ? 'one run of each cannot tell' : 'more than chance'}.${here}`,
    },
    {
      kind: perClass.size === 1 ? 'confirmed' : 'contradicted',
      claim: 'Every class has an equal number of training images.',
      found: `The classes have ${[...perClass].map(count).join(', ')} each.`,
    },
    ...curves(comparisons),
  ]
}

/** What the report reads from its curves, checked on those here. */
function curves(comparisons: readonly Comparison[]): Finding[] {
  const [basic, standard] = [epochsOf(comparisons, '002/basic'), epochsOf(comparisons, '002/standard')]
  if (!basic || !standard) return []
  const told = printed.claims.curves
  const both = [basic, standard]
  const seeds = `(${plural(basic.seeds, 'seed')})`
  const first = both.map(({ loss, valLoss }) => [loss[0]!, valLoss[0]!])
  const near = first.every(values => values.some(value => Math.abs(value - told.firstLoss) <= 0.03))
  // An accuracy on 10,000 images has an error of 0.3 points; two of them are the least that can be seen.
  const apart = both.map(({ accuracy, valAccuracy }) => {
    const seen = accuracy.findIndex((_, i) =>
      accuracy.slice(i).every((value, k) => value - valAccuracy[i + k]! > 0.006),
    )
    return seen < 0 ? null : seen + 1
  })
  const best = both.map(({ valLoss }) => epochOfLeast(valLoss))
  const { from: low, to: high } = told.bestEpochs
  const third = both.map(({ valAccuracy }) => valAccuracy[told.shortEpochs - 1]!)
  const error = accuracyError(third[0]!, REPORTED_TEST_COUNT)
  const isNoise = Math.abs(third[0]! - third[1]!) <= noiseWidth([error, error], { std: 0, seeds: 1 })
  const isBest = (epoch: number): boolean => epoch >= low && epoch <= high
  return [
    {
      kind: near ? 'confirmed' : 'contradicted',
      claim: `Both models drop to a loss of ${told.firstLoss} after the first epoch.`,
      found: `Here, training and validation loss of the first epoch: basic ${first[0]!.map(three).join(' and ')}, standard ${first[1]!.map(three).join(' and ')} ${seeds}.`,
    },
    {
      kind: apart.every(epoch => epoch === told.gapAfter || epoch === told.gapAfter + 1)
        ? 'confirmed'
        : 'partly',
      claim: `After epoch ${told.gapAfter} a gap between training and validation accuracy starts.`,
      found: `Here the training accuracy stays more than 0.6 points above the validation's from epoch ${apart.map(epoch => epoch ?? 'none').join(' (basic) and ')} (standard) on ${seeds}.`,
    },
    {
      kind: best.every(isBest) ? 'confirmed' : best.some(isBest) ? 'partly' : 'contradicted',
      claim: `${low} to ${high} epochs are optimal.`,
      found: `Here the validation loss is least after epoch ${best[0]} (basic) and ${best[1]} (standard) of ${basic.valLoss.length} ${seeds}.`,
    },
    {
      kind: isNoise ? 'undecided' : third[0]! > third[1]! ? 'confirmed' : 'contradicted',
      claim: `After ${told.shortEpochs} epochs the basic model was better than the standard one.`,
      found: `Here, after ${told.shortEpochs} epochs: basic ${third[0]!.toFixed(4)}, standard ${third[1]!.toFixed(4)} of the test images ${seeds}${isNoise ? ': within the noise of the test images, so that one run of each may show either' : ''}.`,
    },
  ]
}

const three = (value: number): string => value.toFixed(3)
