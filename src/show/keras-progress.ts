import type { Measurements } from '../protocol/metric.ts'
import type { EpochRow } from '../protocol/studio.ts'

const names = {
  loss: 'loss',
  accuracy: 'accuracy',
  valLoss: 'val_loss',
  valAccuracy: 'val_accuracy',
} as const

/** What each epoch measured, as Keras prints it. */
export function kerasProgress(
  epochs: readonly (Pick<EpochRow, 'trainMs' | 'durationMs'> & { readonly metrics: Measurements })[],
  stepsPerEpoch: number,
): string {
  return epochs
    .map(({ metrics, trainMs, durationMs }, i) => {
      const numbers = Object.entries(names).map(([key, name]) => {
        const value = metrics[key]
        return value === undefined ? '' : ` - ${name}: ${value.toFixed(4)}`
      })
      const time = `${Math.round(durationMs / 1000)}s ${perStep(trainMs / stepsPerEpoch)}`
      return `Epoch ${i + 1}/${epochs.length}\n${stepsPerEpoch}/${stepsPerEpoch} [${'='.repeat(30)}] - ${time}${numbers.join('')}`
    })
    .join('\n')
}

/** As Keras' progress bar chooses its unit. */
function perStep(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(0)}s/step`
  return ms >= 1 ? `${ms.toFixed(0)}ms/step` : `${(1000 * ms).toFixed(0)}us/step`
}
