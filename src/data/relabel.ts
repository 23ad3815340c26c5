import { UsageError } from '../base/errors.ts'
import { custom, type Field, show } from '../base/schema.ts'
import { createDataset, type Dataset } from './dataset.ts'
import type { Examples } from './examples.ts'

/** New classes in their order, each with the old labels that it takes: `{ Top: [0, 2], Bottom: [1] }`. */
export type Classes = Readonly<Record<string, readonly number[]>>

/** The option that names new classes; whether they cover the old ones is known when the data is there. */
export const classesField: Field<Classes, Classes> = custom<Classes, Classes>(undefined, (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(
      `${path} must name new classes, such as { Top: [0, 2], Bottom: [1] }, not ${show(value)}.`,
    )
  }
  const entries = Object.entries(value)
  if (entries.length < 2)
    throw new UsageError(`${path} must name at least two classes, not ${entries.length}.`)
  const taken = new Map<number, string>()
  for (const [name, labels] of entries) {
    // JavaScript would move such a key to the front, and the labels with it.
    if (/^\d+$/.test(name))
      throw new UsageError(`${path}: a class cannot be called "${name}", give it a name with a letter.`)
    if (
      !Array.isArray(labels) ||
      labels.length === 0 ||
      !labels.every(label => Number.isSafeInteger(label) && label >= 0)
    ) {
      throw new UsageError(
        `${path}: "${name}" must be a list of labels, such as [0, 2], not ${show(labels)}.`,
      )
    }
    for (const label of labels as number[]) {
      const other = taken.get(label)
      if (other !== undefined) {
        throw new UsageError(
          `${path}: label ${label} is in "${other}" and in "${name}": an image has one class.`,
        )
      }
      taken.set(label, name)
    }
  }
  return Object.freeze(
    Object.fromEntries(entries.map(([name, labels]) => [name, Object.freeze([...labels])])),
  )
})

/**
 * The same images under other classes: their names replace the old ones everywhere.
 * Throws a `UsageError` if a label of the data is in no class, or a class takes one that the data does not have.
 *
 * @example
 * const mini = await loadDataset(fashionMnistMini())
 * const three = relabelDataset(mini, { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] })
 * three.test.labels.filter(label => label === 1).length // 200
 */
export function relabelDataset(data: Dataset, classes: Classes): Dataset {
  const names = Object.keys(classes)
  const newLabels = new Map(
    Object.values(classes).flatMap((labels, i) => labels.map(label => [label, i] as const)),
  )
  const missing = data.classNames.findIndex((_, label) => !newLabels.has(label))
  if (missing >= 0) {
    throw new UsageError(
      `relabel: label ${missing} (${data.classNames[missing]}) of ${data.name} is in no class. Add it to one of ${names.join(', ')}.`,
    )
  }
  const unknown = [...newLabels.keys()].find(label => label >= data.classNames.length)
  if (unknown !== undefined) {
    throw new UsageError(
      `relabel: ${data.name} has no label ${unknown}, only 0 to ${data.classNames.length - 1} (${data.classNames.join(', ')}).`,
    )
  }
  const relabelled = (examples: Examples): Examples =>
    examples.withLabels(examples.labels.map(label => newLabels.get(label)!))
  return createDataset({
    name: `${data.name}, ${names.length} classes`,
    classNames: names,
    imageShape: data.imageShape,
    preparation: data.preparation,
    train: relabelled(data.train),
    ...(data.validation && { validation: relabelled(data.validation) }),
    test: relabelled(data.test),
  })
}
