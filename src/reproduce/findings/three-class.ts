import { doubleSoftmaxFloor } from '../../analysis/outputs.ts'
import { countLabels } from '../../data/labels.ts'
import type { Model } from '../../model/model.ts'
import { count } from '../../report/format.ts'
import { type Comparison, points } from '../comparison.ts'
import { printed, REPORTED_TEST_COUNT } from '../reported.ts'
import type { Evidence, Finding } from './finding.ts'

/** 003. */
export function threeClass({ report, models, data, comparisons }: Evidence): Finding[] {
  const told = printed['003']
  const counts = countLabels(data.test.labels, data.classNames.length)
  const classes = data.classNames.map((name, i) => ({ name, own: counts[i]!, printed: told.supports[name]! }))
  const swapped = classes.filter(row => row.own !== row.printed)
  const holderOf = (support: number): string => classes.find(({ own }) => own === support)?.name ?? 'no class'
  const accuracies = report.models.map((row, i) => {
    const wrong = told.perClass[i]!.reduce((sum, accuracy) => sum + (1 - accuracy), 0) / 2
    return { id: row.id, printed: row.accuracy!, implied: 1 - wrong, difference: 1 - wrong - row.accuracy! }
  })
  // Three numbers of four digits, halved: the sum may be off by so much.
  const apart = accuracies.filter(row => Math.abs(row.difference) > 0.000125)
  const floor = doubleSoftmaxFloor(data.classNames.length)
  const doubles = report.models.slice(1)
  const first = report.models[0]!
  const most = (1 - first.accuracy!) * -Math.log(1e-7)
  const outputs = models.get(first.model)?.outputShape[0]
  const run = comparisons.find(({ item }) => item.id === first.id)?.runs[0]
  const unscaled = run
    ? ` Here the network has a loss of ${run.run.test.loss.toFixed(3)} on scaled test images, and of ${run.otherPixels.loss.toFixed(2)} with an accuracy of ${run.otherPixels.accuracy.toFixed(4)} on unscaled ones.`
    : ''
  return [
    {
      kind: swapped.length > 0 ? 'contradicted' : 'confirmed',
      claim: `The classification reports give ${classes.map(row => `${row.name} ${count(row.printed)}`).join(', ')} test images.`,
      found:
        swapped.length > 0
          ? `The data has ${classes.map(row => `${count(row.own)} ${row.name}`).join(', ')}: ${swapped.map(row => `what is printed as ${row.name} is ${holderOf(row.printed)}`).join(', and ')}. The names are swapped.`
          : 'So has the data.',
      table: {
        columns: [
          { key: 'class', title: 'Class' },
          { key: 'printed', title: 'Printed support', show: count },
          { key: 'counted', title: 'In the data', show: count },
          { key: 'is', title: 'The printed row is' },
        ],
        rows: classes.map(row => ({
          class: row.name,
          printed: row.printed,
          counted: row.own,
          is: holderOf(row.printed),
        })),
      },
    },
    {
      kind: apart.length > 0 ? 'contradicted' : 'confirmed',
      claim: 'A table of overall accuracies and a table of accuracies for each class against the rest.',
      found:
        apart.length > 0
          ? `With three classes, overall = 1 − Σ (1 − class) / 2. For ${apart.length} of ${accuracies.length} models this is not what the first table says; both cannot be of the same predictions.`
          : 'They agree.',
      table: {
        columns: [
          { key: 'model', title: 'Model' },
          { key: 'printed', title: 'Printed test_acc', show: value => value.toFixed(4) },
          { key: 'implied', title: 'Implied by the classes', show: value => value.toFixed(4) },
          { key: 'points', title: 'Points apart', show: value => value.toFixed(2) },
          { key: 'errors', title: 'Implied errors', show: value => value.toFixed(0) },
        ],
        rows: accuracies.map(row => ({
          model: row.id,
          printed: row.printed,
          implied: Number(row.implied.toFixed(6)),
          points: Number((100 * row.difference).toFixed(4)),
          errors: Number(((1 - row.implied) * REPORTED_TEST_COUNT).toFixed(1)),
        })),
      },
    },
    {
      kind: doubles.every(row => row.loss! >= floor) ? 'explained' : 'contradicted',
      claim: `Test losses of ${doubles.map(row => row.loss).join(', ')}.`,
      found: `A softmax of a softmax cannot fall below ln(1 + 2/e) = ${floor.toFixed(6)}, and each confident error adds 1. Above that floor, the losses are what errors and L2 penalties add.`,
      table: {
        columns: [
          { key: 'model', title: 'Model' },
          { key: 'loss', title: 'Printed loss', show: value => value.toFixed(6) },
          { key: 'above', title: 'Above the floor', show: value => value.toFixed(6) },
          { key: 'errors', title: '1 − test_acc', show: value => value.toFixed(4) },
          { key: 'rest', title: 'Remainder', show: value => value.toFixed(6) },
        ],
        rows: doubles.map(row => ({
          model: row.id,
          loss: row.loss,
          above: Number((row.loss! - floor).toFixed(9)),
          errors: Number((1 - row.accuracy!).toFixed(6)),
          rest: Number((row.loss! - floor - (1 - row.accuracy!)).toFixed(9)),
        })),
      },
    },
    {
      kind: first.loss! > most ? 'contradicted' : 'confirmed',
      claim: `${first.id} has a test loss of ${first.loss} and an accuracy of ${first.accuracy}; "some outliers of a huge impact".`,
      found: `If every error had its probability at the clip of 1e-7, the loss would be ${most.toFixed(3)}. ${first.loss} needs logits without a softmax that are far too large: test images that were not scaled to 0 … 1 would do.${unscaled}`,
    },
    {
      kind: outputs === data.classNames.length ? 'confirmed' : 'contradicted',
      claim: 'The models tell three classes apart.',
      found: `${first.id} has ${outputs ?? 'unknown'} outputs (its ${count(first.params!)} parameters say so) for ${data.classNames.length} labels.`,
    },
    ...receptiveFields(models.get('model-2')),
    ...augmented(comparisons),
  ]
}

function receptiveFields(model: Model | undefined): Finding[] {
  if (!model) return []
  const told = printed['003'].receptiveFields
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
  if (pairs.length === 0) return []
  const told = printed['003'].betterWithoutAugmentation
  const better = pairs.filter(({ difference }) => difference > 0).length
  return [
    {
      kind: better > pairs.length / 2 ? 'confirmed' : 'contradicted',
      claim: `Without augmentation the accuracy is ${told.join(' to ')} % better.`,
      found: `Here, in points: ${pairs.map(({ id, difference }) => `${id} ${points(difference)}`).join(', ')}.`,
    },
  ]
}
