/** Networks that exist only as hits on images, with an accuracy that is known. */
export interface Simulation {
  readonly images: number
  /** Of each model: the accuracy for other images and other seeds, and its standard deviation from seed to seed. */
  readonly models: readonly {
    readonly accuracy: number
    readonly seedSpread: number
    readonly seeds: number
  }[]
  /** Standard deviation of an image's difficulty for one model, beside what all models find hard alike (in logits). */
  readonly ownDifficulty: number
}

/** What all models find hard alike, in logits: runs of one model agree on some 90 % of images at an accuracy of 90 %. */
const COMMON_DIFFICULTY = 2.5

export interface SimulatedModel {
  readonly runs: readonly Uint8Array[]
  /** For other images, run by run. */
  readonly accuracies: readonly number[]
}

/** A run is right on an image with the chance 1 / (1 + exp(−(skill + its seed + common and own difficulty))). */
export function simulate(
  { images, models, ownDifficulty }: Simulation,
  seed: number,
): readonly SimulatedModel[] {
  const uniform = uniforms(seed)
  const common = normals(uniform, images)
  return models.map(({ accuracy, seedSpread, seeds }) => {
    const difficulties = normals(uniform, images)
    for (let i = 0; i < images; i++)
      difficulties[i] = COMMON_DIFFICULTY * common[i]! + ownDifficulty * difficulties[i]!
    const { skill, seedLogits } = skillOf(accuracy, seedSpread, ownDifficulty)
    const logits = Array.from(normals(uniform, seeds), deviate => skill + seedLogits * deviate)
    return {
      runs: logits.map(logit => {
        const hits = new Uint8Array(images)
        for (let i = 0; i < images; i++) hits[i] = uniform() < sigmoid(logit + difficulties[i]!) ? 1 : 0
        return hits
      }),
      accuracies: logits.map(logit => meanAccuracy(logit, Math.hypot(COMMON_DIFFICULTY, ownDifficulty))),
    }
  })
}

const skills = new Map<string, { readonly skill: number; readonly seedLogits: number }>()

/** The logits that give an accuracy with this spread from seed to seed, over all images and seeds. */
function skillOf(accuracy: number, seedSpread: number, ownDifficulty: number) {
  const key = `${accuracy} ${seedSpread} ${ownDifficulty}`
  const known = skills.get(key)
  if (known) return known
  const spread = Math.hypot(COMMON_DIFFICULTY, ownDifficulty)
  const at = (share: number, width: number): number => {
    let [low, high] = [-30, 30]
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (meanAccuracy(middle, width) < share) low = middle
      else high = middle
    }
    return high
  }
  const centre = at(accuracy, spread)
  const slope = (meanAccuracy(centre + 0.01, spread) - meanAccuracy(centre - 0.01, spread)) / 0.02
  const seedLogits = seedSpread / slope
  const found = { skill: at(accuracy, Math.hypot(spread, seedLogits)), seedLogits }
  skills.set(key, found)
  return found
}

/** Of sigmoid(skill + spread · z) over a normal z: a sum in equal steps. */
function meanAccuracy(skill: number, spread: number): number {
  let [sum, weights] = [0, 0]
  for (let z = -8; z <= 8; z += 0.1) {
    const weight = Math.exp(-(z ** 2) / 2)
    sum += weight * sigmoid(skill + spread * z)
    weights += weight
  }
  return sum / weights
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Box and Muller. */
function normals(uniform: () => number, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    return radius * Math.cos(2 * Math.PI * uniform())
  })
}

/** C. Doty-Humphrey's sfc32: ten times as fast as the streams of src/base, which can be drawn from in any order. */
function uniforms(seed: number): () => number {
  let [a, b, c, d] = [seed | 0, 0x9e3779b9, 0x243f6a88, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 15; i++) next()
  return next
}
