import { argMax } from '../../base/maths.ts'
import { integer } from '../../base/schema.ts'
import { percent } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import { countLabels } from '../../data/labels.ts'
import type { DataAudit, ImageOf } from '../../protocol/audit.ts'
import { wilsonInterval } from '../statistics/noise.ts'
import { labelSuspects } from './label-suspects.ts'
import { type AuditTraining, judged, outOfSample } from './out-of-sample.ts'

export interface LabelAuditOptions extends AuditTraining {
  /** All examples: those of training, then those of the test. */
  readonly examples: Examples
  readonly folds: number
}

const foldsField = integer(5, { min: 2 })
const epochsField = integer(3)

/** Suspected labels, and what the test says with and without them. */
export async function auditLabels(
  data: Dataset,
  options: LabelAuditOptions & { readonly imageOf: (index: number) => ImageOf },
): Promise<DataAudit['labels']> {
  const { examples, imageOf, onProgress, ...training } = options
  const folds = foldsField.parse(options.folds, 'folds')
  const epochs = epochsField.parse(options.epochs, 'epochs')
  const { classNames, train, test } = data
  if (new Set(train.labels).size < 2) return { refused: 'the training images are of one class' }
  const rare = countLabels(examples.labels, classNames.length).findIndex(count => count < folds)
  if (rare >= 0) {
    return {
      refused: `the class ${classNames[rare]} has fewer than ${folds} images, one for each of the networks that judge labels`,
    }
  }
  const tell = (what: string) => (message: string) => onProgress?.(`${what}: ${message}`)
  const probabilities = await outOfSample(data, examples, { ...training, folds, onProgress: tell('labels') })
  const everyIndex = Int32Array.from(examples.labels.keys())
  const accuracy = accuracyAmong(probabilities, examples.labels, everyIndex)
  const guessing = Math.max(...countLabels(examples.labels, classNames.length)) / examples.count
  if (wilsonInterval(accuracy, examples.count)[0] <= guessing) {
    return {
      refused:
        `the networks that judge labels are right for ${percent(accuracy, 1)} of the images, which is not better than always ` +
        `naming the largest class (${percent(guessing, 1)}): their doubts would mean nothing`,
    }
  }
  const { suspects } = labelSuspects(examples.labels, probabilities)
  const suspected = new Set(suspects.map(({ index }) => index))
  const cleanTrain = train.where(i => !suspected.has(i))
  const cleanTest = Int32Array.from(test.labels.keys()).filter(i => !suspected.has(train.count + i))
  const everyTest = Int32Array.from(test.labels.keys())

  const scores = []
  for (const [trainedOn, learned] of [
    ['all', train],
    ['without suspects', cleanTrain],
  ] as const) {
    const onProgress = tell(
      `score, trained on ${trainedOn === 'all' ? 'all images' : 'those without suspects'}`,
    )
    const rows = await judged(data, { learned, asked: test }, { ...training, onProgress })
    scores.push({
      trainedOn,
      images: learned.count,
      onAll: accuracyAmong(rows, test.labels, everyTest),
      onUnsuspected: accuracyAmong(rows, test.labels, cleanTest),
    })
  }
  const pairs = new Map<string, { label: string; suggested: string; count: number }>()
  const named = suspects.map(({ index, suggested, ofLabel, ofSuggested }) => {
    const suspect = { ...imageOf(index), suggested: classNames[suggested]!, ofLabel, ofSuggested }
    const key = `${suspect.label} ${suggested}`
    const count = (pairs.get(key)?.count ?? 0) + 1
    pairs.set(key, { label: suspect.label, suggested: suspect.suggested, count })
    return suspect
  })
  return {
    folds,
    epochs,
    seed: options.seed,
    accuracy,
    suspects: named,
    pairs: [...pairs.values()].sort((a, b) => b.count - a.count),
    scores,
  }
}

function accuracyAmong(rows: Float32Array, labels: Int32Array, indices: Int32Array): number {
  const classes = rows.length / labels.length
  const right = indices.filter(i => argMax(rows, i * classes, classes) === labels[i])
  return right.length / indices.length
}
