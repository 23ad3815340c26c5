import { expect, test } from 'vitest'
import { drawSoon } from './draw-soon.ts'

/** Timers of one length run in their order: these run after those of the charts. */
async function soon(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise(resolve => setTimeout(resolve))
}

test('the first chart is drawn at once, the others one after the other, each as it is then', async () => {
  const [a, b, c] = [{}, {}, {}]
  const drawn: string[] = []
  const draw = (chart: object, name: string) => drawSoon(chart, () => drawn.push(name))
  draw(a, 'a')
  draw(b, 'b, old')
  const take = draw(c, 'c')
  draw(b, 'b')
  expect(drawn).toEqual(['a'])
  take()
  await soon()
  expect(drawn).toEqual(['a', 'b'])
  draw(c, 'c')
  expect(drawn).toEqual(['a', 'b', 'c'])
  await soon()
})

test('a chart that cannot be drawn does not keep the others from it', async () => {
  const drawn: string[] = []
  const fail = () => {
    throw new Error('no')
  }
  expect(() => drawSoon({}, fail)).toThrow('no')
  drawSoon({}, () => drawn.push('next'))
  await soon()
  expect(drawn).toEqual(['next'])
})
