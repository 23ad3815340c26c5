import { type Evaluation, MANY_CLASSES } from '../protocol/evaluation.ts'

const EACH = 10

export interface ShownClasses {
  /** In the order of the classes where all are shown, else by recall, the worst first. */
  readonly indices: readonly number[]
  /** What is left out; `null`: nothing. */
  readonly note: string | null
}

/** The classes that a table shows: all of up to thirty, else the ten with the lowest and the ten with the highest recall. */
export function shownClasses(classes: Evaluation['classes']): ShownClasses {
  if (classes.length <= MANY_CLASSES) return { indices: [...classes.keys()], note: null }
  const byRecall = [...classes.keys()]
    .filter(k => classes[k]!.recall !== null)
    .sort((a, b) => classes[a]!.recall! - classes[b]!.recall!)
  const indices =
    byRecall.length <= 2 * EACH ? byRecall : [...byRecall.slice(0, EACH), ...byRecall.slice(-EACH)]
  return {
    indices,
    note:
      `The table shows ${byRecall.length <= 2 * EACH ? `the ${byRecall.length} that have test images` : `the ${EACH} with the lowest and the ${EACH} with the highest recall`}, out of ${classes.length} classes; ` +
      'heddle evaluate --json has all.',
  }
}
