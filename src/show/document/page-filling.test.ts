import { expect, test } from 'vitest'
import { type Block, filled } from './page-filling.ts'

const figure = (height: number, drawing = height - 10): Block => ({ kind: 'figure', height, drawing })
const flow = (height: number): Block => ({ kind: 'flow', height })
const heading: Block = { kind: 'heading', height: 10 }
const page = { room: 200, used: 0 }

test('a figure is drawn smaller where it nearly fits', () => {
  const { placed, used } = filled([figure(110), figure(110)], page)
  expect(placed[0]).toEqual({ index: 0, scale: 1 })
  expect(placed[1]!.scale).toBeCloseTo(0.74, 2)
  expect(used).toBeLessThanOrEqual(200)
})

test('what follows a figure fills the page before it, and figures keep their order', () => {
  const { placed } = filled([flow(150), figure(160), flow(60), figure(20), flow(20)], page)
  expect(placed.map(({ index }) => index)).toEqual([0, 2, 1, 3, 4])
  expect(placed.every(({ scale }) => scale === 1)).toBe(true)
})

test('no figure comes between a heading and what it is about, and all are there at the end', () => {
  const { placed } = filled([flow(120), figure(190), heading, flow(100), heading, figure(190)], page)
  expect(placed.map(({ index }) => index)).toEqual([0, 2, 3, 1, 4, 5])
  expect(filled([], page)).toEqual({ placed: [], used: 0 })
})

test('a heading goes to the next page with what follows it', () => {
  const table: Block = { kind: 'table', height: 50 }
  expect(filled([flow(160), heading, table], page).used).toBe(60)
})
