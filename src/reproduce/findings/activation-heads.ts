import { printed } from '../reported.ts'
import type { Evidence, Finding } from './finding.ts'

/** 001. */
export function activationHeads({ report, data }: Evidence): Finding[] {
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
