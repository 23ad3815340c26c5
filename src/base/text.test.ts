import { expect, test } from 'vitest'
import {
  clockTime,
  csvLine,
  decimal,
  listOf,
  megabytes,
  percent,
  plural,
  plusMinus,
  points,
  signedPoints,
} from './text.ts'

test('a noun takes an s, or the plural that is given', () => {
  expect([plural(1, 'seed'), plural(0, 'seed'), plural(1200, 'image')]).toEqual([
    '1 seed',
    '0 seeds',
    '1,200 images',
  ])
  expect([plural(1, 'class', 'classes'), plural(2, 'class', 'classes')]).toEqual(['1 class', '2 classes'])
})

test('a list names up to six, else five and the number of the others', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect([0, 1, 2, 6, 7].map(n => listOf(names.slice(0, n)))).toEqual([
    '',
    'a',
    'a and b',
    'a, b, c, d, e and f',
    'a, b, c, d, e and 2 more',
  ])
  expect(listOf(names, { most: Infinity, word: 'or' })).toBe('a, b, c, d, e, f or g')
})

test('shares: in percent, in points, in points with a sign', () => {
  expect([percent(0.87321), percent(0.5, 0), percent(null), percent(Number.NaN)]).toEqual([
    '87.32 %',
    '50 %',
    '–',
    'NaN %',
  ])
  expect([points(0.87321), points(0.87321, 1)]).toEqual(['87.32', '87.3'])
})

test('points that two decimals round to zero have more', () => {
  expect([0.012, -0.348, 0, 0.00004, 0.0000321, -0.00000049, 1e-17].map(signedPoints)).toEqual([
    '+1.20',
    '-34.80',
    '+0.00',
    '+0.004',
    '+0.003',
    '-0.00005',
    '+0.00',
  ])
})

test('decimals: four of them, an exponent for what is large, a dash for what is missing', () => {
  expect([decimal(0.28), decimal(0.28, 1), decimal(12_345_678), decimal(undefined)]).toEqual([
    '0.2800',
    '0.3',
    '1.23e+7',
    '–',
  ])
})

test('a mean has its deviation where there are several', () => {
  expect([0, 1, 3].map(n => plusMinus({ mean: 0.9, std: 0.01, n }))).toEqual([
    '',
    '0.9000',
    '0.9000 ± 0.0100',
  ])
  expect(plusMinus({ mean: 0.9, std: 0.01, n: 2 }, points)).toBe('90.00 ± 1.00')
})

test('cells of CSV are quoted where they must be', () => {
  expect(csvLine(['a', 'x,y', 'say "so"', 'two\nlines', null, 0, ['t', 1]])).toBe(
    'a,"x,y","say ""so""","two\nlines",,0,"[""t"",1]"',
  )
})

test('durations and sizes', () => {
  expect([0, 59.6, 760, 3723].map(clockTime)).toEqual(['0:00', '1:00', '12:40', '1:02:03'])
  expect(megabytes(26_421_880)).toBe('26.4 MB')
})
