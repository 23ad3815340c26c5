import { type Clock, systemClock } from '../base/clock.ts'
import { sizeOf } from '../base/shape.ts'
import { classCountOf } from '../model/model.ts'
import type { Network } from './network.ts'
import { createPredictor } from './predict.ts'

const [WARM_UPS, CALLS, MOST_MS] = [5, 51, 200]

/** How many milliseconds a network takes for one image: the median of up to 51 calls, and no more than 0.2 s of them. */
export async function latencyOf(
  network: Network,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<number> {
  const predictor = createPredictor(network, { batchSize: 1 })
  const image = new Uint8Array(sizeOf(network.model.inputShape))
  const outputs = new Float32Array(classCountOf(network.model))
  const call = () => predictor.outputs(image, outputs)
  const began = clock()
  for (let i = 0; i < WARM_UPS && clock() - began < MOST_MS; i++) await call()
  const times: number[] = []
  const started = clock()
  while (times.length === 0 || (times.length < CALLS && clock() - started < MOST_MS)) {
    const before = clock()
    await call()
    times.push(clock() - before)
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!
}
