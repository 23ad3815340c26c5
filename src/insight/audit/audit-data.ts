import { integer, number } from '../../base/schema.ts'
import type { Dataset, Examples } from '../../data/dataset.ts'
import { countLabels } from '../../data/labels.ts'
import type { AuditedSplit, DataAudit, ImageOf } from '../../protocol/audit.ts'
import { auditLabels, type LabelAuditOptions } from './audit-labels.ts'
import { exactDuplicates } from './exact-duplicates.ts'
import { findingsOf } from './findings.ts'
import { leanImages } from './lean-images.ts'
import { nearDuplicates } from './near-duplicates.ts'
import { outliers } from './outliers.ts'

export interface AuditOptions extends Partial<Omit<LabelAuditOptions, 'examples'>> {
  /** Pairs of images whose RMS difference is less are near-duplicates; 0 to 255. */
  readonly below?: number
  /** How many outliers. */
  readonly outlierCount?: number
  /** False: no network is trained, labels are not judged. */
  readonly labels?: boolean
  /** What loading left out. */
  readonly unreadable?: DataAudit['unreadable']
}

const belowField = number(10, { min: 0, max: 255 })
const countField = integer(20)

/**
 * What is odd about a dataset: class balance, duplicates and near-duplicates within and across its sides, blank images, outliers,
 * and labels that networks which did not see them confidently contradict, with the score with and without those.
 *
 * Two images are near-duplicates where the root of the mean squared difference of their pixels is below `below` (of 255): of
 * Fashion-MNIST below 10 are the same picture or article in another print, above 11 other articles of one cut.
 * Throws a `UsageError` for a bad option.
 *
 * @example
 * const audit = await auditData(await loadDataset(fashionMnistMini()), { labels: false })
 * audit.duplicates.exact.length // 0
 */
export async function auditData(data: Dataset, options: AuditOptions = {}): Promise<DataAudit> {
  const { folds = 5, epochs = 3, seed = 1, unreadable = [], onProgress } = options
  const below = belowField.parse(options.below ?? 10, 'below')
  const outlierCount = countField.parse(options.outlierCount ?? 20, 'outlierCount')
  const { classNames, imageShape, train, test } = data
  const examples = joined(train, test)
  const imageSize = imageShape[0] * imageShape[1] * imageShape[2]
  const imageOf = (i: number): ImageOf => {
    const [split, index] =
      i < train.labels.length ? ['train' as const, i] : ['test' as const, i - train.labels.length]
    const { labels, files } = data[split]
    return { split, index, label: classNames[labels[index]!]!, ...(files && { file: files[index]! }) }
  }

  onProgress?.(`comparing ${examples.labels.length} images`)
  // What draws the message gets its turn before the loops take the thread.
  await new Promise(resolve => setTimeout(resolve))
  const { groups, mirrored } = exactDuplicates(examples.images, imageShape)
  const lean = leanImages(examples.images, imageSize)
  const copies = new Set(groups.flatMap(([, ...others]) => others))
  const near = nearDuplicates(examples.images, { imageSize, below, lean, leaveOut: copies })
  const isTest = (i: number): boolean => i >= train.labels.length
  const across = near.filter(({ first, second }) => isTest(first) !== isTest(second))
  const odd = outliers(examples.images, { imageSize, count: outlierCount, seed, lean })
  const audit: Omit<DataAudit, 'findings'> = {
    dataset: { name: data.name, fingerprint: data.fingerprint, imageShape, classNames },
    splits: { train: splitOf(train, classNames), test: splitOf(test, classNames) },
    unreadable,
    blank: blankImages(examples.images, imageSize).map(imageOf),
    duplicates: {
      exact: groups.map(group => group.map(imageOf)),
      mirrored: mirrored.map(([a, b]) => [imageOf(a), imageOf(b)] as const),
      near: {
        below,
        pairs: near.map(({ first, second, rms }) => ({
          first: imageOf(first),
          second: imageOf(second),
          rms,
        })),
        withinTrain: near.filter(({ second }) => !isTest(second)).length,
        withinTest: near.filter(({ first }) => isTest(first)).length,
        across: across.length,
        testImages: new Set(across.map(({ second }) => second)).size,
        differentLabels: near.filter(
          ({ first, second }) => examples.labels[first] !== examples.labels[second],
        ).length,
      },
    },
    outliers: {
      images: odd.farthest.map(({ index, rms }) => ({ ...imageOf(index), rms })),
      medianRms: odd.medianRms,
      sampleSize: odd.sampleSize,
    },
    labels:
      options.labels === false
        ? { refused: 'not asked for' }
        : await auditLabels(data, { ...options, examples, folds, epochs, seed, imageOf }),
  }
  const unseen = data.validation?.labels.length ?? 0
  const left =
    unseen > 0
      ? [`The ${unseen} validation images were not looked at: an audit compares training and test images.`]
      : []
  return { ...audit, findings: [...findingsOf(audit), ...left] }
}

/**
 * The mean image of each class, `[height, width, channels]`, 0 to 255; `null` for a class without images.
 *
 * @example
 * const { train, classNames } = await loadDataset(fashionMnistMini())
 * classMeans(train, classNames.length)[0]?.length // 784
 */
export function classMeans({ images, labels }: Examples, classCount: number): (Uint8Array | null)[] {
  const size = images.length / labels.length
  const counts = countLabels(labels, classCount)
  const sums = counts.map(() => new Float64Array(size))
  labels.forEach((label, i) => {
    const sum = sums[label]!
    for (let p = 0; p < size; p++) sum[p]! += images[i * size + p]!
  })
  return sums.map((sum, label) =>
    counts[label] === 0 ? null : Uint8Array.from(sum, value => Math.round(value / counts[label]!)),
  )
}

function joined(...parts: readonly Examples[]): Examples {
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0))
  const labels = new Int32Array(parts.reduce((sum, part) => sum + part.labels.length, 0))
  let [pixel, label] = [0, 0]
  for (const part of parts) {
    images.set(part.images, pixel)
    labels.set(part.labels, label)
    pixel += part.images.length
    label += part.labels.length
  }
  return { images, labels }
}

function splitOf({ images, labels }: Examples, classNames: readonly string[]): AuditedSplit {
  const size = images.length / labels.length
  const sums = classNames.map(() => 0)
  let [squares, zeros] = [0, 0]
  labels.forEach((label, i) => {
    let sum = 0
    for (const pixel of images.subarray(i * size, (i + 1) * size)) {
      sum += pixel
      squares += pixel * pixel
      if (pixel === 0) zeros++
    }
    sums[label]! += sum
  })
  const counts = countLabels(labels, classNames.length)
  const mean = sums.reduce((a, b) => a + b, 0) / images.length
  return {
    count: labels.length,
    mean: mean / 255,
    std: Math.sqrt(squares / images.length - mean * mean) / 255,
    zeros: zeros / images.length,
    classes: classNames.map((name, c) => ({
      name,
      count: counts[c]!,
      mean: counts[c] === 0 ? 0 : sums[c]! / (counts[c]! * size) / 255,
    })),
  }
}

/** Images whose numbers are all the same. */
function blankImages(images: Uint8Array, size: number): number[] {
  const blank: number[] = []
  for (let i = 0; i < images.length; i += size) {
    let p = 1
    while (p < size && images[i + p] === images[i]) p++
    if (p === size) blank.push(i / size)
  }
  return blank
}
