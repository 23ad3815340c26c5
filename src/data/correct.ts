import { didYouMean, UsageError } from '../base/errors.ts'
import { custom, type Field, show } from '../base/schema.ts'
import { createDataset, type Dataset } from './dataset.ts'
import type { LabelledImages } from './examples.ts'

/** New labels of some examples, as names of classes by index: `{ 12: 'Coat' }`. */
export type Corrections = Readonly<Record<string, string>>

/** The option that names corrections; whether examples and classes are there is known when the data is. */
export const correctionsField: Field<Corrections, Corrections> = custom<Corrections, Corrections>(
  Object.freeze({}),
  (value, path) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    const sound = entries.every(([index, name]) => /^(0|[1-9]\d*)$/.test(index) && typeof name === 'string')
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !sound) {
      throw new UsageError(`${path} must name classes by index, such as { 12: 'Coat' }, not ${show(value)}.`)
    }
    return Object.freeze(Object.fromEntries(entries)) as Corrections
  },
)

/**
 * A dataset with the labels of some examples changed; its images are shared. Throws a `UsageError` if the data is not
 * that of `fingerprint`, or has no such example or class: an index means nothing in other data.
 */
export function correctDataset(
  data: Dataset,
  {
    fingerprint,
    ...corrections
  }: Readonly<Record<'train' | 'test', Corrections>> & { readonly fingerprint: string },
): Dataset {
  if (data.fingerprint !== fingerprint) {
    throw new UsageError(
      `The corrections were made for other data than ${data.name} is now (fingerprint ${fingerprint.slice(0, 12)}, ` +
        `not ${data.fingerprint.slice(0, 12)}): they cannot be applied. Make them again.`,
    )
  }
  const correct = (split: 'train' | 'test'): LabelledImages => {
    const { labels } = data[split]
    const corrected = labels.slice()
    for (const [index, name] of Object.entries(corrections[split])) {
      const label = data.classNames.indexOf(name)
      if (label < 0) {
        throw new UsageError(
          `The correction of ${split} ${index} names the class ${show(name)}, which ${data.name} does not have.${didYouMean(name, data.classNames)}`,
        )
      }
      if (Number(index) >= labels.length) {
        throw new UsageError(
          `There is a correction of ${split} ${index}, but the ${split} split of ${data.name} has the examples 0 to ${labels.length - 1}.`,
        )
      }
      corrected[Number(index)] = label
    }
    return data[split].withLabels(corrected)
  }
  const name = `${data.name}, corrected`
  return createDataset({ ...data, name, train: correct('train'), test: correct('test') })
}
