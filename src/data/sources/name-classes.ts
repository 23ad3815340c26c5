import { UsageError } from '../../base/errors.ts'
import { custom, show } from '../../base/schema.ts'
import { listOf } from '../../base/text.ts'
import type { LabelledImages } from '../examples.ts'

/** The option `classNames`. */
export const classNamesField = custom<readonly string[], readonly string[]>(undefined, (value, path) => {
  const names: unknown[] = Array.isArray(value) ? value : []
  const sound = names.length > 0 && names.every(name => typeof name === 'string' && name !== '')
  if (!sound || new Set(names).size !== names.length) {
    throw new UsageError(`${path} must be a list of different names, one per label, not ${show(value)}.`)
  }
  return Object.freeze([...names] as string[])
})

export interface NamedClasses {
  readonly classNames: readonly string[]
  readonly train: LabelledImages
  readonly test: LabelledImages
  /** What a user should know of it. */
  readonly notice: string | null
}

/**
 * Classes for data whose labels are numbers. Without names, the labels that occur are the classes, named after themselves: labels
 * from 1 to 26 are 26 classes; or, with `everyLabel`, all from 0 to the largest, 27. With as many names as the largest label, and no label 0, the first name is that of label 1.
 */
export function nameClasses(
  { train, test }: { readonly train: LabelledImages; readonly test: LabelledImages },
  given: readonly string[] | null,
  { everyLabel = false }: { readonly everyLabel?: boolean } = {},
): NamedClasses {
  const occurring = new Set<number>()
  for (const { labels } of [train, test]) for (const label of labels) occurring.add(label)
  const found = [...occurring].sort((a, b) => a - b)
  const [smallest, largest] = [found[0] ?? 0, found.at(-1) ?? -1]
  const moved = (examples: LabelledImages, to: (label: number) => number): LabelledImages => ({
    ...examples,
    labels: examples.labels.map(to),
  })
  if (given) {
    if (smallest === 0 || largest !== given.length) return { classNames: given, train, test, notice: null }
    const less = (label: number): number => label - 1
    const notice = `The labels begin with 1: label 1 is ${given[0]}, and label ${largest} is ${given.at(-1)}.`
    return { classNames: given, train: moved(train, less), test: moved(test, less), notice }
  }
  const classNames = found.map(String)
  if (largest === found.length - 1) return { classNames, train, test, notice: null }
  const index = new Map(found.map((label, i) => [label, i]))
  const to = (label: number): number => index.get(label)!
  const absent = Array.from({ length: largest }, (_, label) => label).filter(label => !occurring.has(label))
  const none = `No image has the label ${listOf(absent.map(String), { word: 'or' })}`
  if (everyLabel) {
    const names = Array.from({ length: largest + 1 }, (_, label) => String(label))
    const given =
      smallest === 1
        ? ` Give classNames, ${largest === 1 ? 'one name, that of label 1,' : `${largest} names from label 1 on,`} to leave label 0 out.`
        : ''
    return {
      classNames: names,
      train,
      test,
      notice: `${none}: there are ${largest + 1} classes, and nothing can be learned or said about those without images.${given}`,
    }
  }
  const notice =
    `${none}: the ${found.length} labels ` +
    'that occur are the classes. Give classNames, a name for each label from 0, to keep the others as classes.'
  return { classNames, train: moved(train, to), test: moved(test, to), notice }
}
