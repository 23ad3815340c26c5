import { decodeSafetensors } from '../model/files/safetensors-format.ts'
import type { RunDifference } from '../protocol/studio.ts'
import { sha256Of } from '../store/sha256.ts'
import type { RunStore } from '../store/store.ts'
import { storedRun } from './stored.ts'

/** Everything that differs between two runs, what it follows from first and the results last. */
export async function differences(store: RunStore, a: string, b: string): Promise<RunDifference[]> {
  const [first, second] = [await factsOf(store, a), await factsOf(store, b)]
  // A layer that only one of them has is one difference.
  for (const [facts, other] of [
    [first, second],
    [second, first],
  ] as const) {
    for (const [name, node] of facts.layers) {
      const entries = other.layers.has(name) ? flat(node, `${name}.`) : [[name, node.layer] as const]
      for (const [key, value] of entries) facts.model.set(key, value)
    }
  }
  const found: RunDifference[] = []
  for (const of of ['model', 'options', 'data', 'code', 'machine', 'results'] as const) {
    const names = new Set([...first[of].keys(), ...second[of].keys()])
    for (const name of names) {
      const [x, y] = [first[of].get(name), second[of].get(name)]
      if (JSON.stringify(x) !== JSON.stringify(y)) found.push({ of, name, a: x, b: y })
    }
  }
  return found
}

interface Node {
  readonly layer: object
  readonly inputs: readonly string[]
}

type Facts = Readonly<Record<RunDifference['of'], Map<string, unknown>>> & {
  readonly layers: ReadonlyMap<string, Node>
}

async function factsOf(store: RunStore, id: string): Promise<Facts> {
  const run = await store.run(id)
  const { experiment, model, options, environment } = await storedRun(store, run)
  const { git, arithmetic, version, node, platform, arch, cpu, threads } = environment
  const artefacts = new Map((await store.artefacts(id)).map(({ name, sha256 }) => [name, sha256]))
  return {
    model: flat({ name: run.model, params: run.params }),
    layers: new Map(model.nodes.map(({ name, ...node }) => [name, node])),
    options: flat(Object.fromEntries(options.map(({ name, value }) => [name, value]))),
    data: flat({ source: experiment.data, name: run.dataset, fingerprint: run.fingerprint }),
    code: flat({ commit: git?.commit, uncommitted: artefacts.get('code.patch') }),
    machine: flat({ arithmetic, threads, version, node, platform, arch, cpu }),
    results: flat({
      status: run.status,
      epochs: run.epochsDone,
      ...run.metrics,
      seconds: run.seconds,
      weights: await weightsHash(store, id),
      predictions: artefacts.get('predictions.safetensors'),
    }),
  }
}

/** `{ a: { b: 1 } }` as `a.b → 1`. */
function flat(value: object, prefix = ''): Map<string, unknown> {
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const name = prefix + key
    const isObject = typeof inner === 'object' && inner !== null
    return isObject ? [...flat(inner, `${name}.`)] : [[name, inner]]
  })
  return new Map(entries)
}

/** The largest difference between two runs' weights; 0: identical to the bit. `null` where they have not the same shapes. */
export async function weightsDistance(store: RunStore, a: string, b: string): Promise<number | null> {
  const [first, second] = [await tensorsOf(store, a), await tensorsOf(store, b)]
  if (first === null || second === null) return null
  let largest = 0
  for (const [name, { values }] of first) {
    const others = second.get(name)?.values
    if (others?.length !== values.length) return null
    for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]! - others[i]!))
  }
  return largest
}

/** A hash of the weights alone: files of older versions have other metadata beside the same numbers. */
async function weightsHash(store: RunStore, id: string): Promise<string | undefined> {
  const tensors = await tensorsOf(store, id)
  if (!tensors) return undefined
  const text = new TextEncoder()
  return sha256Of(
    [...tensors].flatMap(([name, { values }]) => [
      text.encode(name),
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    ]),
  )
}

async function tensorsOf(store: RunStore, id: string) {
  const file = await store.artefact(id, 'model.safetensors')
  return file && decodeSafetensors(file.bytes, file.where).tensors
}
