import { listOf } from '../base/text.ts'
import { countLabels } from './labels.ts'

/** A group of examples and the classes it has no example of. */
export interface Lack {
  readonly of: 'training' | 'validation' | 'test'
  readonly classNames: readonly string[]
  /** How many classes it has examples of. */
  readonly present: number
}

/**
 * The groups of examples that lack a class, by their labels; a group without any example is left out.
 *
 * @example
 * lacksOf({ training: Int32Array.of(0, 0, 1), validation: Int32Array.of(0), test: Int32Array.of(0, 1) }, ['cat', 'dog'])
 * // [{ of: 'validation', classNames: ['dog'], present: 1 }]
 */
export function lacksOf(
  groups: Partial<Record<Lack['of'], Int32Array | undefined>>,
  classNames: readonly string[],
): Lack[] {
  return Object.entries(groups).flatMap(([of, labels]) => {
    if (!labels || labels.length === 0) return []
    const counts = countLabels(labels, classNames.length)
    const absent = classNames.filter((_, label) => counts[label] === 0)
    if (absent.length === 0) return []
    return [{ of: of as Lack['of'], classNames: absent, present: classNames.length - absent.length }]
  })
}

const consequence = {
  training: 'The network cannot learn',
  validation: 'Validation accuracy and loss say nothing about',
  test: 'Test accuracy says nothing about',
} as const

/** `The validation images lack the class dog. Validation accuracy and loss say nothing about it.` */
export function describeLack({ of, classNames, present }: Lack): string {
  const one = classNames.length === 1
  const only = present === 1 ? ': they are all of one class' : ''
  return (
    `The ${of} images lack the ${one ? 'class' : 'classes'} ${listOf(classNames)}${only}. ` +
    `${consequence[of]} ${one ? 'it' : 'them'}.`
  )
}
