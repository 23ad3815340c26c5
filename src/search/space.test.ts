import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { l2 } from '../nn/regularizers/regularizer.ts'
import {
  cellsOf,
  choice,
  type Distribution,
  intRange,
  logUniform,
  uniform,
  unitOf,
  valueAt,
  valueInCell,
  when,
} from './distributions/index.ts'
import { parseSpace } from './parse-space.ts'
import { countPoints, factsOf, inOrder, pointAt, pointKey, problemOf, type Space, unitsOf } from './space.ts'

const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  fc
    .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
    .filter(([low, size]) => low + size > low)
    .map(([low, size]) => uniform(low, low + size)),
  fc
    .tuple(fc.double({ min: 1e-12, max: 1e3, noNaN: true }), fc.double({ min: 1.001, max: 1e6, noNaN: true }))
    .map(([low, ratio]) => logUniform(low, low * ratio)),
  fc
    .tuple(
      fc.integer({ min: -100, max: 100 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 40 }),
    )
    .map(([low, step, steps]) => intRange(low, low + step * steps, { step })),
  fc
    .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40 }))
    .map(([low, step, steps]) => intRange(low, low + step * steps, { step, log: true })),
  fc
    .uniqueArray(fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), {
      minLength: 2,
      maxLength: 8,
      selector: value => JSON.stringify(value),
    })
    .map(choice),
)

/** Some parameters, of which some are there only with one value of an earlier one. */
const space: fc.Arbitrary<Space> = fc
  .array(fc.tuple(distribution, fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 })
  .map(list => {
    const made: Record<string, Distribution> = {}
    list.forEach(([one, parent, cell], i) => {
      const earlier = Object.entries(made)[parent % (2 * i + 1)]
      const cells = earlier && cellsOf(earlier[1])
      const condition = earlier && cells ? { [earlier[0]]: valueInCell(earlier[1], cell % cells) } : null
      made[`p${i}`] = condition ? when(condition, one) : one
    })
    return made
  })

const unit = fc.double({ min: 0, max: 1, noNaN: true })
const point = space.chain(made =>
  fc
    .array(unit, { minLength: Object.keys(made).length, maxLength: Object.keys(made).length })
    .map(units => ({ made, units })),
)

describe('a place of the unit cube', () => {
  test('is a point of the space, which JSON holds', () => {
    fc.assert(
      fc.property(point, ({ made, units }) => {
        const parsed = parseSpace(JSON.parse(JSON.stringify(made)), 'space')
        const found = pointAt(parsed, units)
        expect(problemOf(parsed, found)).toBeNull()
        expect(problemOf(parsed, JSON.parse(JSON.stringify(found)))).toBeNull()
      }),
    )
  })

  test('of a point leads back to the point', () => {
    fc.assert(
      fc.property(point, ({ made, units }) => {
        const found = pointAt(made, units)
        const back = pointAt(
          made,
          unitsOf(made, found).map(place => place ?? 0.5),
        )
        expect(Object.keys(back)).toEqual(Object.keys(found))
        for (const [name, value] of Object.entries(found)) {
          if (cellsOf(made[name]!) !== null) expect(back[name]).toEqual(value)
          else expect(unitOf(made[name]!, back[name])).toBeCloseTo(unitOf(made[name]!, value)!, 9)
        }
      }),
    )
  })
})

test('values of a discrete distribution have cells one after the other, which cover the unit interval', () => {
  fc.assert(
    fc.property(
      distribution.filter(one => cellsOf(one) !== null),
      one => {
        const cells = cellsOf(one)!
        const places = Array.from({ length: cells }, (_, cell) => unitOf(one, valueInCell(one, cell))!)
        expect(places).toEqual([...places].sort((a, b) => a - b))
        expect(valueAt(one, 0)).toEqual(valueInCell(one, 0))
        expect(valueAt(one, 1)).toEqual(valueInCell(one, cells - 1))
      },
    ),
  )
})

test('the ends of a range are its values, and every doubling of a logarithmic one has the same share', () => {
  expect([valueAt(uniform(0.1, 0.3), 0), valueAt(uniform(0.1, 0.3), 1)]).toEqual([0.1, 0.3])
  expect([valueAt(logUniform(1e-4, 1e-1), 0), valueAt(logUniform(1e-4, 1e-1), 1)]).toEqual([1e-4, 1e-1])
  expect(valueAt(logUniform(1e-4, 1e-2), 0.5)).toBeCloseTo(1e-3, 12)
  const sizes = intRange(8, 64, { step: 8, log: true })
  const drawn = Array.from({ length: 10_000 }, (_, i) => valueAt(sizes, (i + 0.5) / 10_000) as number)
  const share = (low: number, high: number) => drawn.filter(value => value >= low && value <= high).length
  // From 4 to 12, and from 36 to 68: log 3 and log 17/9 of log 17.
  expect(share(8, 8) / 10_000).toBeCloseTo(Math.log(3) / Math.log(17), 3)
  expect(share(40, 64) / 10_000).toBeCloseTo(Math.log(17 / 9) / Math.log(17), 3)
})

test('a finite space has a number of points, conditions included', () => {
  const count = (made: Space) => countPoints(parseSpace(made, 'space'))
  expect(count({ a: choice([1, 2, 3]), b: intRange(1, 4) })).toBe(12)
  expect(count({ a: choice([1, 2, 3]), b: when({ a: [2, 3] }, intRange(1, 4)) })).toBe(1 + 2 * 4)
  const chain = {
    b: when({ a: 2 }, choice(['x', 'y'])),
    c: when({ b: 'x' }, intRange(0, 9)),
    a: choice([1, 2]),
  }
  expect(count(chain)).toBe(1 + 1 + 10)
  expect(count({ a: intRange(1, 1_000_000), b: when({ a: 7 }, choice([1, 2])) })).toBe(1_000_001)
  expect(count({ a: choice([1, 2]), b: uniform(0, 1) })).toBeNull()
  expect(count({ a: choice([1, 2]), b: when({ a: 1 }, uniform(0, 1)) })).toBeNull()
})

test('the same values are the same point, in whatever order a store returns them', () => {
  const regularizer = choice([null, l2({ l2: 0.001 })])
  const made = { rate: uniform(0, 1), regularizer }
  const stored = { regularizer: { l2: 0.001, kind: 'l2' }, rate: 0.5 }
  expect(problemOf(made, stored)).toBeNull()
  expect(pointKey(stored)).toBe(pointKey({ rate: 0.5, regularizer: l2({ l2: 0.001 }) }))
  expect(Object.keys(inOrder(made, stored))).toEqual(['rate', 'regularizer'])
})

test('says why values are no point', () => {
  const made = parseSpace(
    { depth: choice([1, 2]), filters: when({ depth: 2 }, intRange(8, 64, { step: 8 })) },
    'space',
  )
  expect(problemOf(made, { depth: 3 })).toBe('depth is 3, but its values are 1, 2')
  expect(problemOf(made, { depth: 2, filters: 9 })).toBe(
    'filters is 9, but it goes from 8 to 64 in steps of 8',
  )
  expect(problemOf(made, { depth: 2 })).toBe('filters has no value (only if depth is 2)')
  expect(problemOf(made, { depth: 1, filters: 8 })).toBe(
    'filters has a value, but is not there with the others (only if depth is 2)',
  )
  expect(problemOf(made, { depth: 1, units: 8 })).toBe('"units" is not a parameter of the space')
})

test('facts for axes', () => {
  const made = parseSpace(
    {
      rate: logUniform(1e-4, 0.1),
      filters: intRange(8, 63, { step: 8 }),
      regularizer: choice([null, l2({ l2: 0.1 })]),
      units: when({ filters: [8, 16], regularizer: null }, intRange(1, 256, { log: true })),
    },
    'space',
  )
  expect(factsOf(made)).toEqual([
    { name: 'rate', scale: 'log', low: 1e-4, high: 0.1, choices: null, condition: null },
    { name: 'filters', scale: 'linear', low: 8, high: 56, choices: null, condition: null },
    {
      ...{ name: 'regularizer', scale: 'choice', low: null, high: null },
      ...{ choices: ['none', 'l2 (l2 0.1)'], condition: null },
    },
    {
      ...{ name: 'units', scale: 'log', low: 1, high: 256, choices: null },
      condition: 'only if filters is 8 or 16 and regularizer is none',
    },
  ])
})

describe('refuses', () => {
  const refused = (value: unknown) => expect(() => parseSpace(value, 'space'))

  test('a space that is empty or none', () => {
    refused({}).toThrow('space is empty. Name at least one parameter')
    refused([uniform(0, 1)]).toThrow('space must name parameters')
    refused({ a: [1, 2] }).toThrow('space: a: a list is not a distribution. Write choice([…])')
    refused({ a: { kind: 'unifrom', low: 0, high: 1 } }).toThrow('Did you mean "uniform"?')
    refused({ 'a b': uniform(0, 1) }).toThrow("a parameter's name must start with a letter")
  })

  test('ranges without anything to search', () => {
    expect(() => uniform(1, 0)).toThrow('uniform: low (1) is greater than high (0). Swap them.')
    expect(() => uniform(1, 1)).toThrow('uniform: low and high are both 1, so there is nothing to search.')
    expect(() => logUniform(0, 1)).toThrow(
      'logUniform: the range from 0 to 1 contains 0, which has no logarithm.',
    )
    expect(() => logUniform(-1, 1)).toThrow('the range from -1 to 1 contains 0')
    expect(() => logUniform(-2, -1)).toThrow('contains negative numbers')
    expect(() => intRange(0, 8, { log: true })).toThrow('contains 0')
    expect(() => intRange(1, 8, { step: 8 })).toThrow('the step (8) is greater than the range from 1 to 8')
    expect(() => intRange(0.5, 8)).toThrow('intRange: low must be a whole number')
    expect(() => uniform(0, Number.NaN)).toThrow('uniform: high must be a number, not NaN')
    refused({ rate: { kind: 'logUniform', low: 0, high: 1 } }).toThrow('space: rate: logUniform: the range')
  })

  test('choices that are none', () => {
    expect(() => choice([])).toThrow('choice: the list of values is empty')
    expect(() => choice([32])).toThrow('choice: 32 is the only value, so there is nothing to choose')
    expect(() =>
      choice([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toThrow('is listed twice')
    expect(() => choice([1, () => 2])).toThrow('choice: values[1] must be JSON')
    expect(() => choice([1, Number.NaN])).toThrow('not NaN')
  })

  test('conditions that can never hold', () => {
    const on = (condition: object, rest: object = {}) =>
      refused({ a: choice([1, 2]), b: { kind: 'uniform', low: 0, high: 1, when: condition }, ...rest })
    on({ aa: 1 }).toThrow(
      'space: b depends on "aa", which is not a parameter of the space. Did you mean "a"?',
    )
    on({ a: 3 }).toThrow('space: b is there only if a is 3, but that is not a value of a')
    on({}).toThrow('names no parameter')
    on({ a: [] }).toThrow('must have 1 to 100 values')
    on({ rate: 0.5 }, { rate: uniform(0, 1) }).toThrow('b depends on rate, which is a continuous range')
    refused({ a: when({ b: 1 }, choice([1, 2])), b: when({ a: 1 }, choice([1, 2])) }).toThrow(
      'conditions go in a circle: a depends on b depends on a',
    )
    refused({
      a: choice([1, 2]),
      b: when({ a: 1 }, choice([1, 2])),
      c: when({ a: 2, b: 1 }, uniform(0, 1)),
    }).toThrow('space: the condition of c can never hold, as the conditions of a and b exclude it')
  })
})
