/**
 * An error that the user can act on: what happened, what was expected, how to fix it.
 * The command line prints its message without a stack; anything else that is thrown is a defect of Heddle.
 */
export class HeddleError extends Error {
  override name = 'HeddleError'
}

/** A wrong option, file or argument: the command line exits with code 2 instead of 1. */
export class UsageError extends HeddleError {
  override name = 'UsageError'
}

/** What was named is not there: a server answers 404. */
export class MissingError extends UsageError {
  override name = 'MissingError'
}

/** Runs `work`. What a `HeddleError` of it says is said again with the place before it; the error itself is then the cause. */
export function within<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    const Kind = error.constructor as typeof HeddleError
    throw new Kind(`${place}: ${error.message}`, { cause: error })
  }
}

/** As `within`, for work that waits. */
export async function withinLater<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    return within(place, () => {
      throw error
    })
  }
}

const MAX_WORD = 100

/**
 * ` Did you mean "relu"?` for the candidate closest to `word`, or an empty string when none is close.
 *
 * @example
 * didYouMean('fliters', ['filters', 'units']) // ' Did you mean "filters"?'
 */
export function didYouMean(word: string, candidates: readonly string[]): string {
  // The work grows with the product of the lengths, and no name is so long.
  if (word.length > MAX_WORD) return ''
  const ranked = candidates
    .map(candidate => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  const limit = Math.max(2, Math.floor(word.length / 3))
  // As many edits as letters make any word of any other.
  return best && best.distance <= limit && best.distance < word.length
    ? ` Did you mean "${best.candidate}"?`
    : ''
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(current[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + cost)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, beforePrevious[j - 2]! + 1)
      current.push(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}
