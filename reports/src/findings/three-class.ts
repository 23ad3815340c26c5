import { countLabels, type Model } from 'heddle'
import { doubleSoftmaxFloor } from 'heddle/analysis'
import { count, plural, tableOf } from 'heddle/show'
import printed from '../../printed/003.json' with { type: 'json' }
import { type Comparison, points } from '../comparison.ts'
import { REPORTED_TEST_COUNT, type Report, type ReportedModel } from '../reported.ts'
import type { RunRecord } from '../runs.ts'
import { fixed } from '../tables.ts'
import { type Epochs, epochsOf } from './epochs.ts'
import type { Evidence, Finding } from './finding.ts'

/** 003. */
export function threeClass({ report, models, data, comparisons }: Evidence): Finding[] {
  const told = printed.claims
  const supports: Readonly<Record<string, number>> = told.supports
  const counts = countLabels(data.test.labels, data.classNames.length)
  const classes = data.classNames.map((name, i) => ({ name, own: counts[i]!, printed: supports[name]! }))
  const swapped = classes.filter(row => row.own !== row.printed)
  const holderOf = (support: number): string => classes.find(({ own }) => own === support)?.name ?? 'no class'
  const accuracies = report.models.map((row, i) => {
    const wrong = told.perClass[i]!.reduce((sum, accuracy) => sum + (1 - accuracy), 0) / 2
    return { id: row.id, printed: row.accuracy!, implied: 1 - wrong, difference: 1 - wrong - row.accuracy! }
  })
  // Three numbers of four digits, halved: rounding may move the sum by this much.
  const apart = accuracies.filter(row => Math.abs(row.difference) > 0.000125)
  const floor = doubleSoftmaxFloor(data.classNames.length)
  const doubles = report.models.slice(1)
  const first = report.models[0]!
  const outputs = models.get(first.model)?.outputShape[0]
  return [
    {
      kind: swapped.length > 0 ? 'contradicted' : 'confirmed',
      claim: `The classification reports give ${classes.map(row => `${row.name} ${count(row.printed)}`).join(', ')} test images.`,
      found:
        swapped.length > 0
          ? `The data has ${classes.map(row => `${count(row.own)} ${row.name}`).join(', ')}: ${swapped.map(row => `what is printed as ${row.name} is ${holderOf(row.printed)}`).join(', and ')}. The names are swapped.`
          : 'So has the data.',
      table: tableOf(classes, [
        ['class', 'Class', ({ name }) => name],
        ['printed', 'Printed support', row => row.printed, count],
        ['counted', 'In the data', ({ own }) => own, count],
        ['is', 'The printed row is', row => holderOf(row.printed)],
      ]),
    },
    {
      kind: apart.length > 0 ? 'contradicted' : 'confirmed',
      claim: 'A table of overall accuracies and a table of accuracies for each class against the rest.',
      found:
        apart.length > 0
          ? `With three classes, overall = 1 − Σ (1 − class) / 2. For ${apart.length} of ${accuracies.length} models this is not what the first table says; both cannot be of the same predictions.`
          : 'They agree.',
      table: tableOf(accuracies, [
        ['model', 'Model', ({ id }) => id],
        ['printed', 'Printed test_acc', row => row.printed, fixed(4)],
        ['implied', 'Implied by the classes', ({ implied }) => rounded(implied, 6), fixed(4)],
        ['points', 'Points apart', ({ difference }) => rounded(100 * difference, 4), fixed(2)],
        [
          'errors',
          'Implied errors',
          ({ implied }) => rounded((1 - implied) * REPORTED_TEST_COUNT, 1),
          fixed(0),
        ],
      ]),
    },
    {
      kind: doubles.every(row => row.loss! >= floor) ? 'explained' : 'contradicted',
      claim: `Test losses of ${doubles.map(row => row.loss).join(', ')}.`,
      found: `A softmax of a softmax cannot fall below ln(1 + 2/e) = ${floor.toFixed(6)}, and each confident error adds 1. Above that floor, the losses are what errors and L2 penalties add.`,
      table: tableOf(doubles, [
        ['model', 'Model', ({ id }) => id],
        ['loss', 'Printed loss', ({ loss }) => loss, fixed(6)],
        ['above', 'Above the floor', ({ loss }) => rounded(loss! - floor, 9), fixed(6)],
        ['errors', '1 − test_acc', ({ accuracy }) => rounded(1 - accuracy!, 6), fixed(4)],
        ['rest', 'Remainder', ({ loss, accuracy }) => rounded(loss! - floor - (1 - accuracy!), 9), fixed(6)],
      ]),
    },
    outliers(first),
    ...unscaledTest(report, comparisons),
    {
      kind: 'confirmed',
      claim: `${first.id} is "the basic model of the notebook": its last layer has 10 outputs.`,
      found: `It has ${outputs ?? 'unknown'} outputs (its ${count(first.params!)} parameters say so) for ${data.classNames.length} labels: the others can only be wrong.`,
    },
    ...receptiveFields(models.get('model-2')),
    ...augmented(comparisons),
    ...threeClassCurves(comparisons),
  ]
}

function receptiveFields(model: Model | undefined): Finding[] {
  if (!model) return []
  const told = printed.claims.receptiveFields
  const seen = ['conv2d_1', 'max_pooling2d_1'].map(
    name => model.layers.find(layer => layer.name === name)?.receptiveField[0] ?? Number.NaN,
  )
  return [
    {
      kind: told.every((field, i) => field === seen[i]) ? 'confirmed' : 'contradicted',
      claim: `The second convolution sees ${told[0]} pixels, the second pooling ${told[1]}.`,
      found: `They see ${seen[0]} and ${seen[1]}.`,
    },
  ]
}

/** Each model against the one of the same name that was trained on augmented images. */
function augmented(comparisons: readonly Comparison[]): Finding[] {
  const pairs = comparisons.flatMap(({ item, accuracy }) => {
    const twin = comparisons.find(
      other => other.item.model === item.model && other.item.experiment !== item.experiment,
    )
    return item.reported && accuracy && twin?.accuracy
      ? [{ id: item.id, difference: accuracy.mean - twin.accuracy.mean }]
      : []
  })
  // Some of the models alone would be another claim.
  if (pairs.length === 0 || pairs.length < comparisons.filter(({ item }) => item.reported).length) return []
  const { from: low, to: high } = printed.claims.percentBetterWithoutAugmentation
  const better = pairs.filter(({ difference }) => difference > 0).length
  const inside = pairs.filter(({ difference }) => 100 * difference >= low && 100 * difference <= high).length
  const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length
  return [
    {
      kind: better < pairs.length ? 'contradicted' : inside === pairs.length ? 'confirmed' : 'partly',
      claim: `Without augmentation the accuracy is about ${low} to ${high} % better.`,
      found: `It is better for ${better} of ${plural(pairs.length, 'model')}, by ${low} to ${high} points for ${inside}, and by ${points(mean)} points in the mean: ${pairs.map(({ id, difference }) => `${id} ${points(difference)}`).join(', ')}. How far and how often images are changed is not stated, and assumed here.`,
    },
  ]
}

/** "Some outliers of a huge impact on the loss." */
function outliers({ id, loss, accuracy }: ReportedModel): Finding {
  const errors = (1 - accuracy!) * REPORTED_TEST_COUNT
  const clipped = (1 - accuracy!) * -Math.log(1e-7)
  return {
    kind: loss! > clipped ? 'confirmed' : 'undecided',
    claim: `${id} has a loss of ${loss} and an accuracy of ${accuracy}: "some outliers of a huge impact on the loss".`,
    found: `Its ${count(Math.round(errors))} errors bear the loss, ${Math.round((loss! * REPORTED_TEST_COUNT) / errors)} each. With probabilities, clipped at 1e-7, it could not exceed ${clipped.toFixed(3)}: so the loss was taken from logits, where an error has no limit.`,
  }
}

/** Such logits come from test images that were not scaled, given to a network that was trained on scaled ones. */
function unscaledTest(report: Report, comparisons: readonly Comparison[]): Finding[] {
  const [first] = report.models
  const trained = (id: string) => comparisons.find(({ item }) => item.id === id)?.runs ?? []
  const plain = trained(first!.id)
  const augmented = trained('003/augmented/model-1')
  if (plain.length === 0) return []
  const rows = [
    ...plain.map(run => ({ ...run, how: 'as they are' })),
    ...augmented.map(run => ({ ...run, how: 'augmented' })),
  ]
  const isBetween = (['loss', 'accuracy'] as const).every(key => {
    const values = rows.map(({ otherPixels }) => otherPixels[key])
    return first![key]! >= Math.min(...values) && first![key]! <= Math.max(...values)
  })
  const range = (runs: readonly RunRecord[], value: (run: RunRecord) => number, digits: number): string => {
    const values = runs.map(value)
    const [least, most] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)]
    return least === most ? least : `${least} to ${most}`
  }
  const numbers = (runs: readonly RunRecord[]): string =>
    `a loss of ${range(runs, ({ otherPixels }) => otherPixels.loss, 1)} at an accuracy of ${range(runs, ({ otherPixels }) => otherPixels.accuracy, 4)}`
  return [
    {
      kind: 'hypothesis',
      claim: `${first!.id} has a test loss of ${first!.loss} at an accuracy of ${first!.accuracy}.`,
      found:
        `Trained on images scaled to 0 … 1 and tested on images that are not, the network has ${numbers(plain)} (${plural(plain.length, 'seed')})` +
        `${augmented.length > 0 ? `; trained on augmented images, which the report also did, ${numbers(augmented)}` : ''}. ` +
        `${isBetween ? 'Both printed numbers lie within what these runs have' : 'The printed numbers are not both within what these runs have'}. ` +
        'Chosen because it fits: the report does not say that its test images were not scaled.',
      table: tableOf(rows, [
        ['how', 'Trained on images', ({ how }) => how],
        ['seed', 'Seed', ({ run }) => run.seed],
        ['loss', 'Test scaled: loss', ({ run }) => run.test.loss, fixed(3)],
        ['accuracy', 'accuracy', ({ run }) => run.test.accuracy, fixed(4)],
        ['rawLoss', 'Test not scaled: loss', ({ otherPixels }) => otherPixels.loss, fixed(2)],
        ['rawAccuracy', 'accuracy', ({ otherPixels }) => otherPixels.accuracy, fixed(4)],
      ]),
    },
  ]
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

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
