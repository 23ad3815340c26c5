import { expect, test } from 'vitest'
import { coalesced } from './coalesced.ts'

test('what is asked for while it is done is done once more, after that', async () => {
  const ends: (() => void)[] = []
  const ask = coalesced(() => new Promise<void>(resolve => void ends.push(resolve)))
  const first = ask()
  expect(ends).toHaveLength(1)
  const [second, third] = [ask(), ask()]
  expect(second).toBe(third)
  ends[0]!()
  await first
  await expect.poll(() => ends.length).toBe(2)
  const fourth = ask()
  ends[1]!()
  await second
  await expect.poll(() => ends.length).toBe(3)
  ends[2]!()
  await fourth
  const fifth = ask()
  expect(ends).toHaveLength(4)
  ends[3]!()
  await fifth
  expect(ends).toHaveLength(4)
})
