import { sgd } from '../optimizers/optimizer.ts'
import { updateRuleOf } from '../optimizers/rule.ts'
import { sizeOf } from '../tensor/shape.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Network } from './network.ts'

const atRest = updateRuleOf(sgd())
const [WARM_UPS, CALLS, MOST_MS] = [5, 51, 200]

/** How many milliseconds a network takes for one image: the median of up to 51 calls, and no more than 0.2 s of them. */
export async function latencyOf(
  network: Network,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<number> {
  const executable = network.compile('dot', { batchSize: 1, update: atRest })
  const images = new Uint8Array(sizeOf(network.model.inputShape))
  const order = Int32Array.of(0)
  const call = () => executable.run({ mode: 'predict', images, scale: 1 / 255, targets: null, order })
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
