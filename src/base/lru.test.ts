import { expect, test } from 'vitest'
import { LruCache } from './lru.ts'

test('what was asked for last stays, what was not is dropped', async () => {
  const made: string[] = []
  const cache = new LruCache<string>(2)
  const ask = (key: string): Promise<string> =>
    cache.get(key, async () => {
      made.push(key)
      return key
    })
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await ask(key)).toBe(key)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
})

test('two that ask at once wait for one answer; one that failed is made anew', async () => {
  let made = 0
  const cache = new LruCache<number>(2)
  const ask = (): Promise<number> =>
    cache.get('a', async () => {
      if (++made === 1) throw new Error('not yet')
      return made
    })
  const both = await Promise.allSettled([ask(), ask()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await ask()).toBe(2)
})
