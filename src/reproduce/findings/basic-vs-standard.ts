import { accuracyError, compareAccuracy } from '../../analysis/noise.ts'
import { countLabels } from '../../data/labels.ts'
import { count } from '../../report/format.ts'
import { points } from '../comparison.ts'
import { printed, REPORTED_TEST_COUNT } from '../reported.ts'
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
      claim: `The basic model is "${printed['002'].cost.claim}" as the standard one.`,
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
  ]
}
