import { points, signedPoints } from '../../base/text.ts'
import { LEVEL, type ModelComparison, pText } from '../../protocol/comparison.ts'

/** What a pair of models shows, in a sentence; `pairs` is the number of pairs of the whole comparison. */
export function sentenceOf(comparison: Omit<ModelComparison, 'sentence'>, pairs: number): string {
  const { first, second, difference, interval, images, seeds, correctedP, verdict } = comparison
  const single = seeds[0] === 1 || seeds[1] === 1
  const count = (n: number): string => (n === 1 ? 'one seed' : `${n} seeds`)
  const trained =
    seeds[0] === seeds[1] ? `${count(seeds[0])} each` : `${count(seeds[0])} against ${count(seeds[1])}`
  const facts =
    `${signedPoints(difference)} points, 95 % interval ${signedPoints(interval[0])} to ${signedPoints(interval[1])}, ` +
    `${pEquals(correctedP)}${pairs > 1 ? ` corrected for ${pairs} pairs` : ''} (${images} images, ${trained})`
  const limit = single ? ', as these were trained: several seeds are needed to speak of the models' : ''
  if (verdict !== 'no evidence') return `${second} is ${verdict} than ${first}: ${facts}${limit}.`
  return `No evidence of a difference between ${first} and ${second}: ${facts}${alone(comparison, pairs)}; ${more(comparison)}.`
}

/** The interval is about this pair, the verdict about all pairs: where they disagree, the sentence says why. */
function alone({ pValue }: Omit<ModelComparison, 'sentence'>, pairs: number): string {
  if (pValue >= LEVEL) return ''
  return `; without the correction ${pEquals(pValue)}, but among ${pairs} pairs of equal models such a gap is not rare`
}

/** What would be needed to find more. */
function more({ images, seeds, detectable, seedsNeeded }: Omit<ModelComparison, 'sentence'>): string {
  const found = `${images} images show ${points(detectable)} points or more`
  if (seeds[0] === 1 || seeds[1] === 1)
    return `for two such networks ${found}, and several seeds are needed to speak of the models`
  if (seedsNeeded === null)
    return `no number of seeds would show such a difference on ${images} images: more test images are needed`
  const { least, most } = seedsNeeded
  if (most === null) return `how many seeds would show one cannot be estimated yet: at least ${least} of each`
  return least === most
    ? `about ${least} seeds of each would show such a difference`
    : `between ${least} and ${most} seeds of each would show such a difference`
}

function pEquals(p: number): string {
  const text = pText(p)
  return text.startsWith('<') ? `p ${text}` : `p = ${text}`
}
