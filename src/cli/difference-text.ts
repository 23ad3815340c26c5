import { plural } from '../base/text.ts'
import type { OutputDifference } from '../network/golden.ts'

/** `16 examples, largest difference 1.2e-7, no label changed`. */
export function differenceText({ examples, largest, changedLabels }: OutputDifference): string {
  const changed = changedLabels === 0 ? 'no label' : plural(changedLabels, 'label')
  return `${plural(examples, 'example')}, largest difference ${largest === 0 ? 0 : largest.toPrecision(2)}, ${changed} changed`
}
