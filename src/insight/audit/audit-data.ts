import { sum } from '../../base/maths.ts'
import { integer, number } from '../../base/schema.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples, LabelledImages } from '../../data/examples.ts'
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
  const examples = train.followedBy(test)
  const { images, labels, size: imageSize } = examples
  const isTest = (i: number): boolean => i >= train.count
  const imageOf = (i: number): ImageOf => {
    const split = isTest(i) ? 'test' : 'train'
    const index = isTest(i) ? i - train.count : i
    const { labels, files } = data[split]
    return { split, index, label: classNames[labels[index]!]!, ...(files && { file: files[index]! }) }
  }

  onProgress?.(`comparing ${examples.count} images`)
  // What draws the message gets its turn before the loops take the thread.
  await new Promise(resolve => setTimeout(resolve))
  const { groups, mirrored } = exactDuplicates(images, imageShape)
  const lean = leanImages(images, imageSize)
  const copies = new Set(groups.flatMap(([, ...others]) => others))
  const near = nearDuplicates(images, { imageSize, below, lean, leaveOut: copies })
  const across = near.filter(({ first, second }) => isTest(first) !== isTest(second))
  const odd = outliers(images, { imageSize, count: outlierCount, seed, lean })
  const audit: Omit<DataAudit, 'findings'> = {
    dataset: { name: data.name, fingerprint: data.fingerprint, imageShape, classNames },
    splits: { train: splitFacts(train, classNames), test: splitFacts(test, classNames) },
    unreadable,
    blank: blankImages(examples).map(imageOf),
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
        differentLabels: near.filter(({ first, second }) => labels[first] !== labels[second]).length,
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
  const unseen = data.validation?.count ?? 0
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
export function classMeans({ images, labels }: LabelledImages, classCount: number): (Uint8Array | null)[] {
  const size = images.length / labels.length
  const counts = countLabels(labels, classCount)
  const sums = counts.map(() => new Float64Array(size))
  labels.forEach((label, i) => {
    const own = sums[label]!
    for (let p = 0; p < size; p++) own[p]! += images[i * size + p]!
  })
  return sums.map((own, label) =>
    counts[label] === 0 ? null : Uint8Array.from(own, value => Math.round(value / counts[label]!)),
  )
}

/** How many images a part of a dataset has, of each class too, and how bright they are: from exact sums, on the scale from 0 to 1. */
export function splitFacts(examples: Examples, classNames: readonly string[]): AuditedSplit {
  const { images, labels, size } = examples
  const sums = classNames.map(() => 0)
  let squares = 0
  let zeros = 0
  labels.forEach((label, i) => {
    let added = 0
    for (const pixel of examples.at(i)) {
      added += pixel
      squares += pixel * pixel
      if (pixel === 0) zeros++
    }
    sums[label]! += added
  })
  const counts = countLabels(labels, classNames.length)
  const mean = sum(sums) / images.length
  return {
    count: examples.count,
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
function blankImages(examples: Examples): number[] {
  return [...examples.labels.keys()].filter(i => {
    const image = examples.at(i)
    return image.every(pixel => pixel === image[0])
  })
}
