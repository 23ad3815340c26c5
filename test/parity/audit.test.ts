import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { labelSuspects } from '../../src/insight/audit/label-suspects.ts'
import { principalAxes, project } from '../../src/insight/statistics/principal-axes.ts'
import { relativeDifference } from '../../src/testing/compare.ts'

const golden = JSON.parse(readFileSync(new URL('golden/audit.json', import.meta.url), 'utf8')) as {
  readonly suspects: readonly {
    readonly labels: readonly number[]
    readonly of1024: readonly number[]
    readonly thresholds: readonly number[]
    readonly confidentJoint: readonly number[]
    readonly suspects: readonly number[]
  }[]
  readonly axes: readonly {
    readonly values: readonly number[]
    readonly width: number
    readonly axes: readonly number[]
    readonly variances: readonly number[]
    readonly places: readonly number[]
  }[]
}

describe.each(golden.suspects)('labels that cleanlab suspects, case %#', one => {
  const found = labelSuspects(
    Int32Array.from(one.labels),
    one.of1024.map(n => n / 1024),
  )

  test('thresholds and the confident joint', () => {
    expect(relativeDifference(found.thresholds, one.thresholds)).toBeLessThan(1e-8)
    expect(found.confidentJoint.flat()).toEqual(one.confidentJoint)
  })

  test('the same suspects', () => {
    const suspected = found.suspects.map(({ index }) => index)
    expect(suspected.toSorted((a, b) => a - b)).toEqual(one.suspects.toSorted((a, b) => a - b))
  })

  test('in the order of their margins', () => {
    const classes = one.of1024.length / one.labels.length
    const margin = (index: number): number => {
      const row = one.of1024.slice(index * classes, (index + 1) * classes)
      const [own] = row.splice(one.labels[index]!, 1)
      return own! - Math.max(...row)
    }
    expect(found.suspects.map(({ index }) => margin(index))).toEqual(one.suspects.map(margin))
  })
})

test('some cases have suspects', () => {
  expect(golden.suspects.map(({ suspects }) => suspects.length > 5)).toEqual([true, true, false])
})

test.each(golden.axes)('principal axes are those of scikit-learn, case %#', one => {
  const rows = { values: one.values, width: one.width }
  const found = principalAxes(rows, { count: one.variances.length, iterations: 200 })
  expect(relativeDifference(found.variances, one.variances)).toBeLessThan(1e-8)
  expect(relativeDifference(found.axes, one.axes)).toBeLessThan(1e-7)
  expect(relativeDifference(project(rows, found), one.places)).toBeLessThan(1e-7)
})
