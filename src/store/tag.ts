import { UsageError } from '../base/errors.ts'

const MOST_LETTERS = 100
/** Control characters, line breaks and marks that turn the direction of writing would change how a list reads. */
const UNSHOWN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** The name of a run or a view, as tags are; empty: it has none. Throws a `UsageError` for other text. */
export function checkedName(text: string): string {
  return text.trim() === '' ? '' : checkedLine(text, 'name')
}

/** A tag without the space around it: any letters, signs and spaces on one line. Throws a `UsageError` for other text. */
export function checkedTag(text: string): string {
  if (text.trim() === '') throw new UsageError('A tag needs at least one letter or sign.')
  return checkedLine(text, 'tag')
}

function checkedLine(text: string, what: 'tag' | 'name'): string {
  const line = text.trim()
  if (UNSHOWN.test(line)) {
    throw new UsageError(`A ${what} is one line of text: take line breaks and control characters out of it.`)
  }
  const letters = [...line].length
  if (letters > MOST_LETTERS) {
    throw new UsageError(
      `A ${what} has at most ${MOST_LETTERS} letters, and this one has ${letters}: put long text into the note.`,
    )
  }
  return line
}
