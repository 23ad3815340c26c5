import { expect, test } from 'vitest'
import { processUsage, UsageMeter } from './usage-meter.ts'

test('a row has what was used since the row before, and rows are further apart the longer a run takes', () => {
  let ms = 1000
  const meter = new UsageMeter(
    () => ms,
    () => ({ cpuMs: 1.5 * ms, memoryBytes: 7 }),
  )
  const rows = []
  for (let step = 0; step < 36_000; step++) {
    ms += 100
    const row = meter.add(step, 32)
    if (row) rows.push(row)
  }
  expect(rows[0]).toEqual({ step: 2, processors: 1.5, memoryBytes: 7, imagesPerSecond: 320 })
  expect(rows[1]!.step).toBe(5)
  // An hour.
  expect(rows.length).toBeGreaterThan(300)
  expect(rows.length).toBeLessThan(1000)
  for (const { processors, imagesPerSecond } of rows) {
    expect(processors).toBeCloseTo(1.5, 9)
    expect(imagesPerSecond).toBeCloseTo(320, 9)
  }
})

test('a process has used time and memory', () => {
  const { cpuMs, memoryBytes } = processUsage()
  expect(cpuMs).toBeGreaterThan(0)
  expect(memoryBytes).toBeGreaterThan(1e6)
})
