import { type NormalizationSpec, normalization } from '../nn/layers/normalization.ts'
import type { Dataset } from './dataset.ts'

/**
 * The `normalization` layer that brings each channel of a dataset's training images to mean 0 and variance 1, as they
 * enter the network: scaled to [0, 1]. The test images are not looked at.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * normalizationOf(data).kind // 'normalization'
 */
export function normalizationOf({ train, imageShape }: Dataset): NormalizationSpec {
  const channels = imageShape[2]
  // How often each byte occurs in each channel: the sums over it are exact.
  const counts = Array.from({ length: channels }, () => new Float64Array(256))
  for (const piece of train.pieces()) {
    piece.forEach((byte, i) => {
      counts[i % channels]![byte]!++
    })
  }
  const pixels = (train.count * train.size) / channels
  const expectation = (count: Float64Array, of: (value: number) => number): number =>
    count.reduce((sum, times, byte) => sum + times * of(byte / 255), 0) / pixels
  const mean = counts.map(count => expectation(count, value => value))
  const variance = counts.map((count, c) => expectation(count, value => (value - mean[c]!) ** 2))
  return normalization({ mean, variance })
}
