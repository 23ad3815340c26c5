import { expect, test } from 'vitest'
import { Batcher, type Compute } from './batcher.ts'
import { Overloaded } from './overloaded.ts'

/** A network that doubles one number, and computes when it is let. */
function gated() {
  const calls: { readonly rows: readonly number[]; readonly isBytes: boolean; readonly end: () => void }[] =
    []
  const compute: Compute = rows =>
    new Promise(resolve =>
      calls.push({
        rows: [...rows],
        isBytes: rows instanceof Uint8Array,
        end: () => resolve(Float32Array.from(rows, row => 2 * row)),
      }),
    )
  return { calls, compute }
}

const sizes = { inputSize: 1, outputSize: 1, maxBatch: 4, maxQueue: 6, called: () => {} }
/** A clock by which each call takes long, so that `maxBatch` counts. */
const slow = () => {
  let now = 0
  return () => (now += 100)
}
const turn = () => new Promise(resolve => setImmediate(resolve))

test('the first request begins at once, and those that come meanwhile are computed together in the next call', async () => {
  const { calls, compute } = gated()
  const sizesOfCalls: number[] = []
  const batcher = new Batcher(compute, { ...sizes, called: count => sizesOfCalls.push(count) })
  const first = batcher.predict(Uint8Array.of(1))
  await turn()
  expect(calls.map(({ rows }) => rows)).toEqual([[1]])
  const others = [[2], [3, 4], [5]].map(rows => batcher.predict(Uint8Array.from(rows)))
  await turn()
  expect([calls.length, batcher.waiting]).toEqual([1, 4])
  calls[0]!.end()
  expect([...(await first).outputs]).toEqual([2])
  await turn()
  expect(calls[1]!.rows).toEqual([2, 3, 4, 5])
  calls[1]!.end()
  const answers = await Promise.all(others)
  expect(answers.map(({ outputs }) => [...outputs])).toEqual([[4], [6, 8], [10]])
  expect([sizesOfCalls, batcher.waiting]).toEqual([[1, 4], 0])
})

test('a call has no more than maxBatch examples, and bytes and numbers are not mixed', async () => {
  const { calls, compute } = gated()
  const batcher = new Batcher(compute, { ...sizes, clock: slow() })
  const answers = [
    batcher.predict(Uint8Array.of(1, 2, 3)),
    batcher.predict(Uint8Array.of(4, 5)),
    batcher.predict(Float32Array.of(0.5)),
  ]
  for (let i = 0; i < 3; i++) {
    await turn()
    calls[i]!.end()
  }
  await Promise.all(answers)
  expect(calls.map(({ rows }) => rows)).toEqual([[1, 2, 3], [4, 5], [0.5]])
  expect(calls.map(({ isBytes }) => isBytes)).toEqual([true, true, false])
})

test('a network that takes hardly any time gets all that wait in one call', async () => {
  const { calls, compute } = gated()
  const batcher = new Batcher(compute, { ...sizes, clock: () => 0 })
  const first = batcher.predict(Uint8Array.of(1))
  await turn()
  const others = [2, 3, 4, 5, 6].map(row => batcher.predict(Uint8Array.of(row)))
  calls[0]!.end()
  await first
  await turn()
  expect(calls[1]!.rows).toEqual([2, 3, 4, 5, 6])
  calls[1]!.end()
  await Promise.all(others)
})

test('requests are refused while maxQueue examples wait, whatever their size', async () => {
  const { calls, compute } = gated()
  const batcher = new Batcher(compute, sizes)
  const large = batcher.predict(new Uint8Array(7))
  expect(() => batcher.predict(Uint8Array.of(1))).toThrow(Overloaded)
  await turn()
  const small = batcher.predict(new Uint8Array(6))
  expect(() => batcher.predict(Uint8Array.of(1))).toThrow(/more requests than it can answer/)
  calls[0]!.end()
  await large
  await turn()
  calls[1]!.end()
  expect((await small).outputs).toHaveLength(6)
})

test('a request of any size is answered if there is room when it comes; what it prepares has places in the queue', async () => {
  const { calls, compute } = gated()
  const batcher = new Batcher(compute, { ...sizes, clock: slow() })
  const first = batcher.predict(Uint8Array.of(1))
  await turn()
  const second = batcher.predict(Uint8Array.of(2))
  let ready = (_: Uint8Array): void => {}
  const many = batcher.prepared(65, () => new Promise<Uint8Array>(resolve => (ready = resolve)))
  expect(batcher.waiting).toBe(66)
  await expect(
    batcher.prepared(1, () => Promise.reject(new Error('A refused request prepares nothing.'))),
  ).rejects.toThrow(Overloaded)
  ready(new Uint8Array(65).fill(3))
  for (let i = 0; i < 3; i++) {
    await turn()
    calls[i]!.end()
  }
  await Promise.all([first, second])
  expect((await many).outputs).toEqual(new Float32Array(65).fill(6))
  expect(batcher.waiting).toBe(0)
  await expect(batcher.prepared(5, () => Promise.reject(new Error('damaged')))).rejects.toThrow('damaged')
  expect(batcher.waiting).toBe(0)
})

test('a call that fails fails its own requests, and the next ones are computed', async () => {
  let isBroken = true
  const batcher = new Batcher(async rows => {
    if (isBroken) throw new Error('broken')
    return Float32Array.from(rows)
  }, sizes)
  await expect(batcher.predict(Uint8Array.of(1))).rejects.toThrow('broken')
  isBroken = false
  expect([...(await batcher.predict(Uint8Array.of(3))).outputs]).toEqual([3])
})

test('says how long a request waited, and after what time to come back', async () => {
  let now = 0
  const { calls, compute } = gated()
  const batcher = new Batcher(compute, { ...sizes, clock: () => now })
  const first = batcher.predict(Uint8Array.of(1))
  await turn()
  const second = batcher.predict(new Uint8Array(4))
  now = 3000
  calls[0]!.end()
  expect(await first).toMatchObject({ queueMs: 0, computeMs: 3000 })
  await turn()
  const third = batcher.predict(new Uint8Array(6))
  const refusal = (() => {
    try {
      batcher.predict(Uint8Array.of(1))
    } catch (error) {
      return error as Overloaded
    }
  })()
  expect(refusal?.retryAfterSeconds).toBe(18)
  calls[1]!.end()
  expect(await second).toMatchObject({ queueMs: 3000 })
  await turn()
  calls[2]!.end()
  await third
})
