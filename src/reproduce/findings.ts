import { accuracyError, compareAccuracy } from '../analysis/noise.ts'
import { doubleSoftmaxFloor } from '../analysis/outputs.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Model } from '../model/model.ts'
import type { DataTable } from '../report/data-table.ts'
import { count } from '../report/format.ts'
import { type Comparison, points } from './comparison.ts'
import { printed, REPORTED_TEST_COUNT, type Report } from './reported.ts'

/** What a report says, checked by computing it. */
export interface Finding {
  /** `contradicted`: by our numbers or by the report's own; `explained`: by a formula that gives its numbers. */
  readonly kind: 'contradicted' | 'confirmed' | 'explained'
  readonly claim: string
  readonly found: string
  readonly table?: DataTable
}

export interface Evidence {
  readonly report: Report
  /** By model name, of the report's first experiment. */
  readonly models: ReadonlyMap<string, Model>
  /** Of the report's first experiment, whole. */
  readonly data: Dataset
  /** None where the numbers mean nothing. */
  readonly comparisons: readonly Comparison[]
}

/** Every claim of a report that can be computed. */
export function findingsOf(evidence: Evidence): Finding[] {
  const own = byReport[evidence.report.id as keyof typeof byReport]
  return [...parameterCounts(evidence), ...own(evidence)]
}

const byReport = {
  '000': convolutions1d,
  '001': heads,
  '002': basicAndStandard,
  '003': threeClasses,
  '004': threeConvolutions,
}

/** Where a report prints parameters: as they are, or in thousands. */
function parameterCounts({ report, models }: Evidence): Finding[] {
  return report.models.flatMap(({ id, model, params }): Finding[] => {
    const built = models.get(model)?.parameterCount
    if (params === null || built === undefined) return []
    const [rounded, cut] = [Math.round(built / 1000) * 1000, Math.floor(built / 1000) * 1000]
    const holds = params === built || params === rounded || params === cut
    const how = params === built ? '' : params === rounded ? ', rounded' : ', cut off, not rounded'
    return [
      {
        kind: holds ? 'confirmed' : 'contradicted',
        claim: `${id} has ${count(params)} parameters.`,
        found: `The model of the experiment has ${count(built)}${holds ? how : ''}.`,
      },
    ]
  })
}

function convolutions1d({ report, models }: Evidence): Finding[] {
  const told = printed['000']
  const wrong = report.models.filter((row, i) => {
    const [loss, accuracy] = told.deltas[i]!
    const exact = [100 * (row.trainLoss! - row.loss!), 100 * (row.accuracy! - row.trainAccuracy!)] as const
    return Math.abs(exact[0] - loss) > 0.05 || Math.abs(exact[1] - accuracy) > 0.05
  })
  const best = report.models.filter(
    row => row.accuracy === Math.max(...report.models.map(other => other.accuracy!)),
  )
  const byLoss = best.toSorted((a, b) => a.loss! - b.loss!)[0]!
  const overfitting = told.calledOverfitting.map(number => report.models[number - 1]!)
  const better = overfitting.filter(row => row.accuracy! > row.trainAccuracy! && row.loss! < row.trainLoss!)
  const idle = [...models].flatMap(([name, { layers }]) =>
    layers
      .filter(({ layer }) => (layer as { poolSize?: unknown }).poolSize !== undefined)
      .filter(layer => String(layer.inputShapes[0]) === String(layer.outputShape))
      .map(layer => `${name}: ${layer.name}`),
  )
  const [first, last] = [report.models[0]!, report.models.at(-1)!]
  return [
    {
      kind: wrong.length === 0 ? 'confirmed' : 'contradicted',
      claim: '16 differences between training and test, in points.',
      found:
        wrong.length === 0
          ? 'All 16 follow from the other columns.'
          : `${wrong.length} rows do not follow from the other columns.`,
    },
    {
      kind: first.epochs === told.textEpochsOfModel1 ? 'confirmed' : 'contradicted',
      claim: `The text trains model 1 for ${told.textEpochsOfModel1} epochs.`,
      found: `The table says ${first.epochs}.`,
    },
    {
      kind: last.seconds === told.textSecondsOfModel8 ? 'confirmed' : 'contradicted',
      claim: `The text gives model 8 ${told.textSecondsOfModel8} seconds.`,
      found: `The table says ${last.seconds}.`,
    },
    {
      kind: better.length === 0 ? 'confirmed' : 'contradicted',
      claim: `Models ${told.calledOverfitting.join(', ')} overfit.`,
      found: `${better.length} of these ${overfitting.length} do better on the test images than on the training images, in loss and accuracy: the opposite of overfitting. The training numbers were taken with dropout on and before each update.`,
    },
    {
      kind: best.length > 1 && byLoss.id !== '000/5' ? 'contradicted' : 'confirmed',
      claim: 'Model 5 is the best: highest test accuracy, second lowest test loss.',
      found: `${best.map(({ id }) => id).join(' and ')} have the same test accuracy, ${byLoss.accuracy}; the lower test loss is that of ${byLoss.id}, ${byLoss.loss}.`,
    },
    {
      kind: idle.length > 0 ? 'contradicted' : 'confirmed',
      claim: 'Models 6 and 7 have three layers of max pooling.',
      found:
        idle.length > 0
          ? `These leave their input as it is: ${idle.join(', ')}.`
          : 'Every one of them shortens its sequence.',
    },
  ]
}

function heads({ report, data }: Evidence): Finding[] {
  const told = printed['001']
  const [first] = report.models
  const classCount = data.classNames.length
  const shirt = data.classNames.indexOf('T-shirt/top')
  const columns = data.imageShape[1]
  const drops = report.models.map((row, i) => ({
    id: row.id,
    told: told.accuracyDrops[i] ?? null,
    exact: 100 * (first!.accuracy! - row.accuracy!),
  }))
  const differing = drops.filter(row => row.told !== null && Math.abs(row.told - row.exact) > 0.05)
  return [
    {
      kind: told.modelsInConclusion === report.models.length ? 'confirmed' : 'contradicted',
      claim: `The conclusion compares ${told.modelsInConclusion} models.`,
      found: `The tables have ${report.models.length}.`,
    },
    {
      kind: told.oneHotLength === classCount ? 'confirmed' : 'contradicted',
      claim: `A one-hot label is printed with ${told.oneHotLength} numbers, rows of an image with ${told.rowLengths.join(' or ')}.`,
      found: `There are ${classCount} classes, and ${columns} pixels in a row.`,
    },
    {
      kind: told.labelCalledCorrectForTshirt === shirt ? 'confirmed' : 'contradicted',
      claim: `A T-shirt is correctly labelled ${told.labelCalledCorrectForTshirt}.`,
      found: `Its label is ${shirt}; ${told.labelCalledCorrectForTshirt} is ${data.classNames[told.labelCalledCorrectForTshirt]}.`,
    },
    {
      kind: told.textLossOfModel1 === first!.loss ? 'confirmed' : 'contradicted',
      claim: `The conclusion gives model 1 a test loss of ${told.textLossOfModel1}.`,
      found: `The table says ${first!.loss}, which is ${first!.loss!.toFixed(2)}.`,
    },
    {
      kind: differing.length > 0 ? 'contradicted' : 'confirmed',
      claim: `Accuracy drops by ${drops.flatMap(row => row.told ?? []).join(', ')} % against model 1.`,
      found: `In points of accuracy: ${drops
        .slice(1)
        .map(row => row.exact.toFixed(1))
        .join(', ')}. ${differing.map(({ id }) => id).join(', ') || 'None'} differ.`,
    },
  ]
}

function basicAndStandard({ report, models, data, comparisons }: Evidence): Finding[] {
  const [basic, standard] = [models.get('basic')!, models.get('standard')!]
  const ratio = standard.multiplyAdds / basic.multiplyAdds
  const [a, b] = report.models
  const gap = compareAccuracy(
    { accuracy: a!.accuracy!, count: REPORTED_TEST_COUNT },
    { accuracy: b!.accuracy!, count: REPORTED_TEST_COUNT, seeds: 1, std: 0 },
  )
  const perClass = new Set(countsOf(data.train.labels, data.classNames.length))
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

function threeClasses({ report, models, data }: Evidence): Finding[] {
  const told = printed['003']
  const counts = countsOf(data.test.labels, data.classNames.length)
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
      found: `If every error had its probability at the clip of 1e-7, the loss would be ${most.toFixed(3)}. ${first.loss} needs logits without a softmax that are far too large: test images that were not scaled to 0 … 1 would do.`,
    },
    {
      kind: outputs === data.classNames.length ? 'confirmed' : 'contradicted',
      claim: 'The models tell three classes apart.',
      found: `${first.id} has ${outputs ?? 'unknown'} outputs (its ${count(first.params!)} parameters say so) for ${data.classNames.length} labels.`,
    },
    ...receptiveFields(models.get('model-2')),
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

function threeConvolutions({ models, data, comparisons }: Evidence): Finding[] {
  const told = printed['004']
  const layers = models.get('reported')!.layers
  const poolings = layers.filter(({ className }) => className.startsWith('MaxPooling')).length
  const steps = Math.ceil(Math.floor(data.train.labels.length * 0.8) / 64)
  const ours = comparisons.find(({ item }) => item.model === 'reported')?.runs[0]
  const ms = (1000 * told.secondsPerEpoch) / told.steps
  return [
    {
      kind: steps === told.steps ? 'confirmed' : 'contradicted',
      claim: `An epoch has ${told.steps} steps.`,
      found: `${count(data.train.labels.length)} images less a fifth, in batches of 64, are ${steps} steps: the fifth was held out.`,
    },
    {
      kind: poolings === told.poolings ? 'confirmed' : 'contradicted',
      claim: 'Three convolutional layers followed by max-pooling layers.',
      found: `The printed model has ${poolings} of them: the third convolution has none.`,
    },
    {
      kind: ms >= told.msPerStep ? 'confirmed' : 'contradicted',
      claim: `${told.secondsPerEpoch} s for an epoch, ${told.msPerStep} ms for a step.`,
      found: `${told.secondsPerEpoch} s are ${ms.toFixed(1)} ms for a step with the validation in it.${ours ? ` Here, on ${ours.machine.cores} cores, a step takes ${(ours.epochMs[0]!.train / ours.stepsPerEpoch).toFixed(1)} ms.` : ''}`,
    },
  ]
}

function countsOf(labels: Int32Array, classCount: number): number[] {
  const counts = Array<number>(classCount).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}
