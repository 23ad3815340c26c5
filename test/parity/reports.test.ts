import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { classificationReport, formatReport } from '../../src/insight/evaluate/classification-report.ts'
import { normalized } from '../../src/protocol/confusion.ts'
import { numpyArray } from '../../src/show/numpy.ts'

interface ReportCase {
  readonly name: string
  readonly matrix: readonly (readonly number[])[]
  readonly classNames: readonly string[]
  readonly digits: number
  readonly zeroDivision: 0 | 1 | 'nan'
  readonly text: string
  readonly normalized: Readonly<Record<'all' | 'row' | 'column', readonly (readonly number[])[]>>
}

interface ArrayCase {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly text: string
}

const golden = JSON.parse(readFileSync(new URL('golden/reports.json', import.meta.url), 'utf8')) as {
  readonly reports: readonly ReportCase[]
  readonly arrays: readonly ArrayCase[]
}

describe('classification reports are scikit-learn’s, to the character', () => {
  test.each(golden.reports)('$name', ({ matrix, classNames, digits, zeroDivision, text }) => {
    const report = classificationReport(matrix, classNames, {
      zeroDivision: zeroDivision === 'nan' ? NaN : zeroDivision,
    })
    expect(formatReport(report, { digits })).toBe(text)
  })
})

describe('confusion matrices are normalised as scikit-learn does', () => {
  test.each(golden.reports)('$name', ({ matrix, normalized: expected }) => {
    for (const by of ['all', 'row', 'column'] as const) {
      normalized(matrix, by).forEach((row, i) => {
        row.forEach((share, k) => {
          expect(share).toBeCloseTo(expected[by][i]![k]!, 8)
        })
      })
    }
  })
})

test.each(golden.arrays)('arrays are printed as NumPy does: $name', ({ name, shape, values, text }) => {
  expect(numpyArray(values, shape, name.startsWith('one-hot') ? 'float32' : 'uint8')).toBe(text)
})
