import { sum } from '../base/maths.ts'
import type { TestLooks } from '../protocol/comparison.ts'
import type { Run } from '../store/rows.ts'
import type { RunStore } from '../store/store.ts'
import { definitionOf } from '../train/callbacks/index.ts'
import type { RunGroup } from './groups.ts'
import { storedRun } from './stored.ts'

/** How often the test images of some data have been looked at in a store, as far as it knows. */
export async function looksAt(store: RunStore, fingerprint: string): Promise<TestLooks> {
  const { tests, epochs, calls: byKind } = await store.looks.at(fingerprint)
  const calls = sum(Object.values(byKind))
  return { tests, epochs, calls, total: tests + epochs + calls }
}

/** What has been, or may have been, chosen by test images: their accuracy flatters it. */
export async function chosenOnTest(store: RunStore, groups: readonly RunGroup[]): Promise<string[]> {
  const [stopped, shown, partly]: [string[], string[], string[]] = [[], [], []]
  for (const { name, runs } of groups) {
    const [first] = runs as [Run]
    const { callbacks, validationData } = (await storedRun(store, first)).train
    const stops = callbacks.some(callback => definitionOf(callback).chooses)
    if (validationData === 'test') (stops ? stopped : shown).push(name)
    const { configuration } = first
    const others = (await store.list({ configuration, status: 'finished' })).filter(
      other => !runs.some(run => run.seed === other.seed),
    )
    if (others.length > 0) partly.push(`${name} (${runs.length} of ${runs.length + others.length})`)
  }
  const warnings: string[] = []
  if (stopped.length > 0)
    warnings.push(
      `Chosen on the test images: a callback chose by them in the training of ${stopped.join(', ')}.`,
    )
  if (shown.length > 0)
    warnings.push(
      `The test accuracy was shown after each epoch of ${shown.join(', ')}: if the number of epochs, or anything else, was chosen ` +
        'by it, it was chosen on the test images.',
    )
  if (partly.length > 0)
    warnings.push(
      `Not all seeds are compared, of ${partly.join(', ')}: if these were chosen by their test accuracy, the comparison says ` +
        'nothing. Name the model in place of its runs.',
    )
  if (groups.length > 2)
    warnings.push(
      `If you take the best of ${groups.length} models by these numbers, you choose on the test images, and its accuracy flatters it.`,
    )
  return warnings
}
