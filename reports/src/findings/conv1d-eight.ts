import printed from '../../printed/000.json' with { type: 'json' }
import type { Evidence, Finding } from './finding.ts'

/** 000. */
export function convolutions1d({ report, models }: Evidence): Finding[] {
  const told = printed.claims
  const wrong = report.models.filter((row, i) => {
    const [loss = Number.NaN, accuracy = Number.NaN] = told.deltasInPoints[i]!
    const exact = [100 * (row.trainLoss! - row.loss!), 100 * (row.accuracy! - row.trainAccuracy!)] as const
    return !(Math.abs(exact[0] - loss) <= 0.05 && Math.abs(exact[1] - accuracy) <= 0.05)
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
