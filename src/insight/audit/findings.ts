import { listOf, percent, plural } from '../../base/text.ts'
import type { DataAudit } from '../../protocol/audit.ts'

/** Classes are reported as unbalanced if the largest has more than this many times the images of the smallest. */
const UNEVEN = 1.5

/** What an audit found that one should know before training, in words. */
export function findingsOf(audit: Omit<DataAudit, 'findings'>): readonly string[] {
  return [...balance(audit), ...broken(audit), ...copies(audit), ...labels(audit)]
}

function* balance({ dataset, splits }: Omit<DataAudit, 'findings'>): Iterable<string> {
  const { name, classNames } = dataset
  if (classNames.length === 1) {
    yield `There is one class only, "${classNames[0]}": every network is right about every image. If ${name} is a folder, the path may be one level too deep or too high.`
    return
  }
  for (const [split, { classes }] of Object.entries(splits)) {
    const sorted = classes.toSorted((a, b) => a.count - b.count)
    const [smallest, largest] = [sorted[0]!, sorted.at(-1)!]
    const absent = classes.filter(({ count }) => count === 0).map(({ name }) => name)
    if (absent.length > 0) {
      const them = absent.length === 1 ? 'it' : 'them'
      yield `The ${split} split has no image of ${listOf(absent)}: ${split === 'train' ? `a network cannot learn ${them}` : `the test says nothing about ${them}`}.`
    } else if (largest.count > UNEVEN * smallest.count) {
      yield `The ${split} split has ${(largest.count / smallest.count).toFixed(1)} times as many images of ${largest.name} (${largest.count}) as of ${smallest.name} (${smallest.count}): judge by recall for each class, and consider classWeight.`
    }
  }
}

function* broken({ unreadable, blank }: Omit<DataAudit, 'findings'>): Iterable<string> {
  if (unreadable.length > 0)
    yield `${plural(unreadable.length, 'file')} cannot be read, such as ${unreadable[0]!.file}: replace or remove.`
  if (blank.length > 0)
    yield `${plural(blank.length, 'image')} of a single color, such as ${blank[0]!.split} ${blank[0]!.index}.`
}

function* copies({ duplicates: { exact, mirrored, near } }: Omit<DataAudit, 'findings'>): Iterable<string> {
  const sides = exact.filter(group => new Set(group.map(({ split }) => split)).size > 1)
  const torn = exact.filter(group => new Set(group.map(({ label }) => label)).size > 1)
  if (exact.length > 0)
    yield `${plural(exact.length, 'image')} that ${exact.length === 1 ? 'is' : 'are'} there more than once, byte by byte.`
  if (sides.length > 0)
    yield `${plural(sides.length, 'image')} both in train and in test: the test knows the answer. Remove the training image.`
  if (torn.length > 0) yield `${plural(torn.length, 'image')} there under different labels.`
  if (mirrored.length > 0) yield `${plural(mirrored.length, 'pair')} of images that are mirrored copies.`
  if (near.testImages > 0)
    yield `${plural(near.testImages, 'test image')} with a near-duplicate in train (RMS below ${near.below}): the test is that much easier.`
  if (near.differentLabels > 0)
    yield `${plural(near.differentLabels, 'pair')} of near-duplicates with different labels: one of each is wrong.`
}

function* labels({ labels: judged, splits }: Omit<DataAudit, 'findings'>): Iterable<string> {
  if ('refused' in judged || judged.suspects.length === 0) return
  const all = splits.train.count + splits.test.count
  const [pair] = judged.pairs
  yield `${plural(judged.suspects.length, 'label')} suspected (${percent(judged.suspects.length / all, 1)}), most often ${pair!.label} that looks like ${pair!.suggested} (${pair!.count}): look at them before you count on the last percent.`
}
