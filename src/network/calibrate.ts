import { HeddleError } from '../base/errors.ts'
import type { Examples } from '../data/examples.ts'
import { classCountOf } from '../model/model.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import { evaluate } from './evaluate.ts'
import type { FeatureStore } from './frozen-features.ts'
import type { Network } from './network.ts'
import { predictionsOf } from './predictions.ts'
import { fitTemperature } from './temperature.ts'

interface HeldOut {
  readonly examples: Examples
  /** Which of them the network was not trained on. */
  readonly indices: Int32Array
  readonly classNames: readonly string[]
  readonly loss: LossSpec
  readonly batchSize: number
  readonly features?: FeatureStore
}

/** The temperature of a network that has been trained; `null` where its outputs have none (`fitTemperature`). */
export async function temperatureOf(
  network: Network,
  { examples, indices, classNames, loss, ...options }: HeldOut,
): Promise<number | null> {
  const outputs = new Float32Array(indices.length * classCountOf(network.model))
  await evaluate(network, examples, { ...options, loss, indices, into: outputs })
  const labels = Int32Array.from(indices, index => examples.labels[index]!)
  try {
    return fitTemperature(predictionsOf({ outputs, labels, classNames, loss }))
  } catch (error) {
    if (error instanceof HeddleError) return null
    throw error
  }
}
