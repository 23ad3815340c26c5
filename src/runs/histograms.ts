import type { Floats } from '../ops/op.ts'
import { type ArrayCounts, BINS, type Counts } from '../protocol/histogram.ts'

/** As many numbers of an array show how it is spread: of a larger one, every second, third, … is counted. */
const MOST_COUNTED = 1 << 16
/** Epochs of a run whose weights and gradients are counted, evenly spaced: as many columns as a chart can show. */
const MOST_EPOCHS = 60

/** Whether the weights and gradients of an epoch are counted: those of the last epoch always are. */
export function isCounted(epoch: number, epochs: number): boolean {
  return epoch === epochs - 1 || epoch % Math.ceil(epochs / MOST_EPOCHS) === 0
}

/** How the numbers of each array are spread. Arrays with a number that is not finite are left out. */
export function countsOf(arrays: ReadonlyMap<string, Floats>): ArrayCounts {
  const found = [...arrays].flatMap(([name, values]) => {
    const counted = countsIn(values)
    return counted ? [[name, counted] as const] : []
  })
  return Object.fromEntries(found)
}

function countsIn(values: Floats): Counts | null {
  const stride = Math.ceil(values.length / MOST_COUNTED)
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i]!
    if (value < low) low = value
    if (value > high) high = value
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null
  const counts = new Array<number>(BINS).fill(0)
  const scale = high > low ? BINS / (high - low) : 0
  for (let i = 0; i < values.length; i += stride) {
    const bin = Math.min(BINS - 1, Math.floor((values[i]! - low) * scale))
    if (!(bin >= 0)) return null
    counts[bin]!++
  }
  return { low, high, counts }
}
