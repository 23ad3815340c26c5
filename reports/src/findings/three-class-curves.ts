import { plural } from 'heddle/show'
import printed from '../../printed/003.json' with { type: 'json' }
import type { Comparison } from '../comparison.ts'
import { type Epochs, epochsOf } from './epochs.ts'
import type { Finding } from './finding.ts'

/** What the report reads from its curves, of models 2 to 6. */
export function threeClassCurves(comparisons: readonly Comparison[]): Finding[] {
  const models = [2, 3, 4, 5, 6].map(number => epochsOf(comparisons, `003/${number}`))
  const [two, three, four, five, six] = models
  if (!two || !three || !four || !five || !six) return []
  const all = [two, three, four, five, six]
  const told = printed.claims
  const reached = ({ valAccuracy }: Epochs): number | null => {
    const epoch = valAccuracy.findIndex(value => value >= told.convergedAt)
    return epoch < 0 ? null : epoch + 1
  }
  const after = (epoch: number | null): string => (epoch === null ? 'never' : `after epoch ${epoch}`)
  const last = (values: readonly number[]): number => values.at(-1)!
  const isBetter = (model: Epochs, other: Epochs): boolean =>
    last(model.loss) < last(other.loss) &&
    last(model.accuracy) > last(other.accuracy) &&
    last(model.valLoss) < last(other.valLoss) &&
    last(model.valAccuracy) > last(other.valAccuracy)
  const pairs = [two, four].flatMap(model => [three, five, six].map(other => isBetter(model, other)))
  const ranked = all.toSorted((a, b) => last(b.valAccuracy) - last(a.valAccuracy))
  const falling = all
    .map(({ id, valLoss }) => ({ id, fall: valLoss.at(-4)! - last(valLoss) }))
    .toSorted((a, b) => b.fall - a.fall)
  const seeds = `(means over ${plural(Math.min(...all.map(model => model.seeds)), 'seed')})`
  const slower = (reached(three) ?? Infinity) > (reached(two) ?? Infinity)
  return [
    {
      kind: slower ? 'confirmed' : 'contradicted',
      claim: 'Model 3, with L2, converges slower.',
      found: `A validation accuracy of ${told.convergedAt} is reached by model 2 ${after(reached(two))}, by model 3 ${after(reached(three))} ${seeds}.`,
    },
    {
      kind: pairs.every(Boolean) ? 'confirmed' : pairs.some(Boolean) ? 'partly' : 'contradicted',
      claim:
        'Models 2 and 4 have a lower loss and a higher accuracy than models 3, 5 and 6, in training and validation.',
      found: `After the last epoch this holds in all four numbers for ${pairs.filter(Boolean).length} of ${pairs.length} pairs ${seeds}. The losses of the others have their L2 penalty in them.`,
    },
    {
      kind: ranked[0]!.id === '003/4' ? 'confirmed' : 'contradicted',
      claim: 'Model 4 gives the best results.',
      found: `By validation accuracy after the last epoch: ${ranked.map(({ id, valAccuracy }) => `${id} ${last(valAccuracy).toFixed(4)}`).join(', ')} ${seeds}.`,
    },
    {
      kind: falling[0]!.id === '003/5' ? 'confirmed' : falling[0]!.id === '003/6' ? 'partly' : 'contradicted',
      claim: 'Model 5 has the most potential with further epochs, "and maybe model 6 as well".',
      found: `Over the last three epochs the validation loss falls by ${falling.map(({ id, fall }) => `${fall.toFixed(4)} (${id})`).join(', ')} ${seeds}. What more epochs would bring was not trained.`,
    },
  ]
}
