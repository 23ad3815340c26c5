import { UsageError } from '../base/errors.ts'

const MOST_LETTERS = 100
/** Control characters, line breaks and marks that turn the direction of writing would change how a list reads. */
const UNSHOWN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** A tag without the space around it: any letters, signs and spaces on one line. Throws a `UsageError` for other text. */
export function checkedTag(text: string): string {
  const tag = text.trim()
  if (tag === '') throw new UsageError('A tag needs at least one letter or sign.')
  if (UNSHOWN.test(tag)) {
    throw new UsageError('A tag is one line of text: take line breaks and control characters out of it.')
  }
  const letters = [...tag].length
  if (letters > MOST_LETTERS) {
    throw new UsageError(
      `A tag has at most ${MOST_LETTERS} letters, and this one has ${letters}: put long text into the note.`,
    )
  }
  return tag
}
