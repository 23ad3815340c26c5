import { expect, test } from 'vitest'
import { Latest, type LatestAnswer } from './latest.ts'

/** A question that is answered when the test says so. */
function asked() {
  let answer!: (text: string) => void
  let fail!: (error: Error) => void
  const promise = new Promise<string>((resolve, reject) => {
    ;[answer, fail] = [resolve, reject]
  })
  return { ask: () => promise, answer, fail }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

test('an answer has the name of the network that gave it, also if another one is chosen meanwhile', async () => {
  const told: LatestAnswer<string, string>[] = []
  const latest = new Latest<string, string>(answer => told.push(answer))
  const [first, second] = [asked(), asked()]
  void latest.ask({ from: 'cnn', ...first })
  void latest.ask({ from: 'linear', ...second })
  first.answer('Bag')
  await settled()
  expect(told).toEqual([{ data: 'Bag', error: null, from: 'cnn' }])
  second.answer('Coat')
  await settled()
  expect(told.at(-1)).toEqual({ data: 'Coat', error: null, from: 'linear' })
})

test('while one question is out, only the latest of the others is put', async () => {
  const told: (string | null)[] = []
  let put = 0
  const latest = new Latest<string, string>(({ data }) => told.push(data))
  const first = asked()
  void latest.ask({ from: 'cnn', ...first })
  for (const text of ['1', '2', '3'])
    void latest.ask({
      from: 'cnn',
      ask: async () => {
        put++
        return text
      },
    })
  first.answer('0')
  await settled()
  expect([told, put]).toEqual([['0', '3'], 1])
})

test('a failure keeps the answer of the same network alone, and is not told if another one is asked already', async () => {
  const told: LatestAnswer<string, string>[] = []
  const latest = new Latest<string, string>(answer => told.push(answer))
  await latest.ask({ from: 'cnn', ask: async () => 'Bag' })
  const error = new Error('put away')
  const failing = () => Promise.reject(error)
  await latest.ask({ from: 'cnn', ask: failing })
  expect(told.at(-1)).toEqual({ data: 'Bag', error, from: 'cnn' })
  await latest.ask({ from: 'linear', ask: failing })
  expect(told.at(-1)).toEqual({ data: null, error, from: 'linear' })
  const last = asked()
  void latest.ask({ from: 'linear', ...last })
  void latest.ask({ from: 'cnn', ask: async () => 'Shirt' })
  last.fail(error)
  await settled()
  expect(told.slice(3)).toEqual([{ data: 'Shirt', error: null, from: 'cnn' }])
})
