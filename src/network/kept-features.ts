import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { isSystemError } from '../base/system-errors.ts'
import type { Examples } from '../data/examples.ts'
import { Pack } from '../data/packs/pack.ts'
import { cachePlaces } from '../data/sources/places.ts'
import type { FeatureStore, FrozenBody } from './frozen-features.ts'

/** Less work than this, in multiply-adds, takes a second or two: it is done again. */
const LITTLE_WORK = 2e10
/** More bytes than this are read from the cache while they are used. */
const MEMORY_BYTES = 2 ** 30
/** Images whose features are written together. */
const AT_ONCE = 256

interface Limits {
  readonly memoryBytes?: number
  readonly littleWork?: number
}

/** Features in the cache, by the content of the frozen part and of each image: what is there is not computed again. */
export function keptFeatures(
  env: NodeJS.ProcessEnv,
  { memoryBytes = MEMORY_BYTES, littleWork = LITTLE_WORK }: Limits = {},
): FeatureStore {
  return {
    async of(body, { examples, change }, compute) {
      const all = Int32Array.from(examples.labels.keys())
      const pack = body.multiplyAdds * all.length < littleWork ? null : await packOf(env, body)
      if (!pack) return compute(all)
      const names = namesOf(examples, change)
      const missing = new Map(names.map((name, i) => [name, i] as const).filter(([name]) => !pack.has(name)))
      const indices = Int32Array.from(missing.values()).sort()
      try {
        for (let from = 0; from < indices.length; from += AT_ONCE) {
          const part = indices.subarray(from, from + AT_ONCE)
          const rows = new Uint8Array((await compute(part, from, indices.length)).buffer)
          for (const [i, index] of part.entries())
            pack.add(names[index]!, 0, rows.subarray(i * body.size * 4, (i + 1) * body.size * 4))
        }
        pack.flush()
      } catch (error) {
        // A full disk stops no training.
        if (isSystemError(error)) {
          pack.abandon()
          return compute(all)
        }
        pack.flush()
        throw error
      }
      const kept = pack.images(names)
      return kept.count * kept.size > memoryBytes ? kept : new Float32Array(kept.read(all).buffer)
    },
  }
}

/** `null` where nothing can be kept. */
async function packOf(env: NodeJS.ProcessEnv, body: FrozenBody): Promise<Pack | null> {
  const key = keyOf(body)
  try {
    const pack = await Pack.open(join(cachePlaces(env).features, key.slice(0, 32)))
    pack.use({ root: body.name, prepared: key, rowBytes: body.size * 4 })
    return pack
  } catch {
    return null
  }
}

/** SHA-256 of everything that the features of an image depend on. */
function keyOf({ lowered, weights, scale, arithmetic }: FrozenBody): string {
  const { ops, parameters, output } = lowered
  // Names of layers change nothing.
  const program = ops.map(({ layer, ...op }) => op)
  const text = JSON.stringify([arithmetic, scale, output, program], (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
  const hash = createHash('sha256').update(text)
  for (const index of new Set(ops.flatMap(op => op.parameters)))
    hash.update(weights.get(parameters[index]!.name)!)
  return hash.digest('hex')
}

/** What each image is called: SHA-256 of its bytes, or what a pack of pictures calls it; and how it is changed at its place. */
function namesOf(examples: Examples, change: string | null): string[] {
  const { source, count } = examples
  const hashOf = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')
  return Array.from({ length: count }, (_, i) => {
    const name = source instanceof Uint8Array ? hashOf(examples.at(i)) : source.nameOf(i)
    return change === null ? name : hashOf(JSON.stringify([name, change, i]))
  })
}
