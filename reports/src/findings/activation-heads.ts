import { plural } from 'heddle/show'
import printed from '../../printed/001.json' with { type: 'json' }
import type { Comparison } from '../comparison.ts'
import type { Evidence, Finding } from './finding.ts'

/** 001. */
export function activationHeads({ report, models, data, comparisons }: Evidence): Finding[] {
  const told = printed.claims
  const [first] = report.models
  const classCount = data.classNames.length
  const shirt = data.classNames.indexOf('T-shirt/top')
  const columns = data.imageShape[1]
  const darkest = data.train.images.reduce((least, value) => Math.min(least, value), 255)
  const rates = [
    ...new Set(
      models.get('model-2')?.layers.flatMap(({ layer }) => (layer.kind === 'dropout' ? layer.rate : [])) ??
        [],
    ),
  ]
  const drops = report.models.map((row, i) => ({
    id: row.id,
    told: told.accuracyDrops[i] ?? null,
    exact: 100 * (first!.accuracy! - row.accuracy!),
  }))
  // Half of the last digit that is printed.
  const rounding = (told: number): number => (Number.isInteger(told) ? 0.5 : 0.05) + 1e-9
  const differing = drops.filter(
    row => row.told !== null && Math.abs(row.told - row.exact) > rounding(row.told),
  )
  return [
    {
      kind: told.modelsInConclusion === report.models.length ? 'confirmed' : 'contradicted',
      claim: `The conclusion compares ${told.modelsInConclusion} models.`,
      found: `The tables have ${report.models.length}.`,
    },
    {
      kind: told.oneHotLength === classCount ? 'confirmed' : 'undecided',
      claim: `A one-hot label is printed with ${told.oneHotLength} numbers, rows of an image with ${told.rowLengths.join(' or ')}.`,
      found: `There are ${classCount} classes, and ${columns} pixels in a row. All four printed arrays have lost zeros, most likely when the text was taken out of the document: NumPy prints what is there.`,
    },
    {
      kind: told.labelCalledCorrectForTshirt === shirt ? 'confirmed' : 'contradicted',
      claim: `A T-shirt is correctly labelled ${told.labelCalledCorrectForTshirt}.`,
      found: `Its label is ${shirt}; ${told.labelCalledCorrectForTshirt} is ${data.classNames[told.labelCalledCorrectForTshirt]}.`,
    },
    {
      kind: told.leastPixel === darkest ? 'confirmed' : 'contradicted',
      claim: `The value of each pixel is ${told.leastPixel} to 255.`,
      found: `The least value in the training images is ${darkest}.`,
    },
    {
      kind: 'contradicted',
      claim: `Loss is "${told.loss}".`,
      found:
        'The loss of a classifier is a cross-entropy: the mean over the images of −ln of the probability that is given to the right class. It has no differences in it, and is no sum over the images.',
    },
    ...(rates.length > 0
      ? [
          {
            kind: rates.length === 1 && rates[0] === told.dropoutOfModel2 ? 'confirmed' : 'contradicted',
            claim: `Table 1: model 2 has a dropout of ${told.dropoutOfModel2}.`,
            found: `Its listing has ${rates.join(' and then ')}.`,
          } as const,
        ]
      : []),
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
        .join(
          ', ',
        )}. ${differing.length > 0 ? `${differing.map(({ id }) => id).join(', ')} differ.` : 'Rounded, these are the printed ones.'}`,
    },
    ...died(comparisons),
  ]
}

/** How often a relu head dies by the draw of its weights. */
function died(comparisons: readonly Comparison[]): Finding[] {
  const last = comparisons.find(({ item }) => item.id === '001/5')
  const trained = (last?.runs.length ?? 0) + (last?.failures.length ?? 0)
  if (!last || trained < 2) return []
  const dead = last.runs.map(({ outputs }) => outputs.deadOutputs)
  const without = last.runs.filter(({ outputs }) => outputs.allZero > 0).length
  return [
    {
      kind: 'explained',
      claim: '001/5, with a relu at its end, comes out at 10.8 %.',
      found:
        `Of ${plural(trained, 'training')} with other first weights, ${last.failures.length} stopped at an image whose outputs are all zero and that has no loss` +
        `${dead.length > 0 ? `; in the others ${dead.join(', ')} of the 10 outputs are zero for every test image` : ''}` +
        `${without > 0 ? `, and ${plural(without, 'network')} of them ${without === 1 ? 'gives' : 'give'} some test image no loss` : ''}.` +
        ' An output that is zero for every image learns nothing: which classes are lost is drawn with the weights.',
    },
  ]
}
