import { expect, test } from 'vitest'
import { looksOf } from './cell-looks.ts'
import type { Column } from './columns.ts'

const column = (id: string, better?: 'more' | 'less'): Column => ({
  id,
  name: id,
  width: 5,
  isNumber: true,
  ...(better && { better }),
  value: () => null,
  text: () => '',
})
const accuracy = column('accuracy', 'more')
const loss = column('loss', 'less')
const seed = column('seed')
type Line = Readonly<Record<string, number | null>>
const valueIn = (line: Line, { id }: Column): number | null => line[id] ?? null

test('the best is at the good end of its column, and colours run from the worst to it', () => {
  const lines = [0.9, 0.8, 0.85].map((value, i) => ({ accuracy: value, loss: 1 - value, seed: i }))
  const look = looksOf(lines, { valueIn, isHot: true })
  expect(lines.map(line => look(line, accuracy)!.isBest)).toEqual([true, false, false])
  expect(lines.map(line => look(line, loss)!.isBest)).toEqual([true, false, false])
  expect(lines.map(line => look(line, accuracy)!.heat)).toEqual([1, 0, 0.5])
  expect(lines.map(line => look(line, loss)!.heat)).toEqual([1, 0, 0.5])
  expect(look(lines[0]!, seed)).toBeNull()
})

test('a diverged run takes no colour from the others; what is not measured has none', () => {
  const lines: Line[] = [
    ...Array.from({ length: 40 }, (_, i) => ({ loss: 0.2 + 0.01 * i })),
    { loss: 5e30 },
    { loss: Infinity },
    {},
  ]
  const look = looksOf(lines, { valueIn, isHot: true })
  expect(look(lines[0]!, loss)).toEqual({ isBest: true, heat: 1 })
  expect(look(lines[20]!, loss)!.heat).toBeGreaterThan(0.3)
  expect(look(lines[40]!, loss)!.heat).toBe(0)
  expect(look(lines[41]!, loss)).toBeNull()
  expect(look(lines[42]!, loss)).toBeNull()
})

test('among few runs, too, half of them diverged, the others keep their colours', () => {
  const heats = (...values: number[]): (number | undefined)[] => {
    const lines = values.map(value => ({ loss: value }))
    const look = looksOf(lines, { valueIn, isHot: true })
    return lines.map(line => look(line, loss)!.heat)
  }
  expect(heats(0.4, 0.5, 0.6, 12.9)).toEqual([1, 0.5, 0, 0])
  expect(heats(0.4, 0.5, 0.6, 3e8, 5e30)).toEqual([1, 0.5, 0, 0, 0])
  expect(heats(0.4, 0.4, 0.5)).toEqual([1, 1, 0])
})

test('one value alone is not the best of anything; without heat there is none', () => {
  const look = looksOf([{ loss: 1 }, { loss: 1 }], { valueIn, isHot: true })
  expect(look({ loss: 1 }, loss)).toBeNull()
  const cold = looksOf([{ loss: 1 }, { loss: 2 }], { valueIn, isHot: false })
  expect(cold({ loss: 1 }, loss)).toEqual({ isBest: true, heat: undefined })
})
