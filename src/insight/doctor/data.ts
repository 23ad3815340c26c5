import { UsageError } from '../../base/errors.ts'
import { listOf, plural } from '../../base/text.ts'
import { describeLack } from '../../data/coverage.ts'
import { countLabels } from '../../data/labels.ts'
import type { RuleFinding } from '../../protocol/finding.ts'
import { checkTwoClasses, lacksOfSides, mendingOf, type Sides, sidesOf } from '../../train/sides.ts'
import type { LintContext, Rule } from './rule.ts'

/** Which images are on a side does not matter here, only how many of each class: any seed will do. */
const SEED = 0

/** The sides of the training, or the reason why there are none. */
function sidesOrError({ train, data }: LintContext): Sides | UsageError {
  try {
    return sidesOf(train, data, SEED)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
}

const twoClasses: Rule = {
  id: 'one-class',
  why: 'A network that was trained on one class always predicts it. Its accuracy and loss look perfect and mean nothing.',
  *check(context) {
    const sides = sidesOrError(context)
    if (sides instanceof UsageError) return
    try {
      checkTwoClasses(sides, context.data)
    } catch (error) {
      yield refusal(error)
    }
  },
}

const soundSplit: Rule = {
  id: 'validation-split',
  why: 'A training needs training images, and validation images that are not among them.',
  *check(context) {
    const sides = sidesOrError(context)
    if (sides instanceof UsageError) yield refusal(sides)
  },
}

/** What the run would say, as a finding: its first sentence is what is wrong, the rest is the remedy. */
function refusal(error: unknown): RuleFinding {
  if (!(error instanceof UsageError)) throw error
  const end = error.message.indexOf('. ') + 1
  const [message, fix] =
    end > 0 ? [error.message.slice(0, end), error.message.slice(end + 1)] : [error.message, '']
  return { severity: 'error', layer: null, message, fix }
}

const lackingClasses: Rule = {
  id: 'classes-missing',
  why:
    'Validation images of few classes make validation accuracy, early stopping and the best epoch meaningless. A class without ' +
    'training images is never learned; a class without test images is not tested.',
  *check(context) {
    const sides = sidesOrError(context)
    if (sides instanceof UsageError || context.data.classNames.length === 1) return
    for (const lack of lacksOfSides(sides, context.data)) {
      const severity = lack.of === 'training' || lack.present === 1 ? 'error' : 'warning'
      yield { severity, layer: null, message: describeLack(lack), fix: mendingOf(lack, context.train) }
    }
  },
}

/** With fewer training images, a class is learned by heart, if at all. */
const FEW = 10

const smallClasses: Rule = {
  id: 'small-classes',
  why: 'A network learns a class from many different images. From a few images it memorises these, and its accuracy on others is luck.',
  *check(context) {
    const sides = sidesOrError(context)
    if (sides instanceof UsageError) return
    const { classNames } = context.data
    const labels = sides.train.map(i => sides.examples.labels[i]!)
    const counts = countLabels(labels, classNames.length)
    const small = classNames.filter((_, label) => counts[label]! > 0 && counts[label]! < FEW)
    if (small.length === 0) return
    const least = Math.min(...counts.filter(count => count > 0))
    yield {
      severity: 'warning',
      layer: null,
      message:
        small.length === 1
          ? `The class ${small[0]} has ${plural(least, 'training image')}.`
          : `${small.length} classes have fewer than ${FEW} training images, at least ${least}: ${listOf(small)}.`,
      fix: `Add images: at least ${FEW} for each class, better 100. Augmentation helps a little.`,
    }
  },
}

/** What is wrong with the examples and how they are divided. */
export const dataRules: readonly Rule[] = [soundSplit, twoClasses, lackingClasses, smallClasses]
