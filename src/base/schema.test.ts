import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import {
  boolean,
  checkKeys,
  custom,
  type Field,
  integer,
  number,
  oneOf,
  optional,
  pair,
  parseSpec,
  required,
  show,
  text,
} from './schema.ts'

const fields = {
  units: required(integer()),
  seed: integer(0, { min: 0 }),
  rate: number(0.5, { min: 0, below: 1 }),
  momentum: number(0, { min: 0, max: 1 }),
  offset: number(0),
  useBias: boolean(true),
  path: text('a.csv'),
  padding: oneOf(['valid', 'same'], 'valid'),
  strides: pair([1, 1]),
  poolStrides: optional(pair()),
}

const parse = (options: unknown) => parseSpec('thing', fields, options)

describe('parseSpec', () => {
  test('fills in every default and says which kind it is', () => {
    expect(parse({ units: 3 })).toEqual({
      kind: 'thing',
      units: 3,
      seed: 0,
      rate: 0.5,
      momentum: 0,
      offset: 0,
      useBias: true,
      path: 'a.csv',
      padding: 'valid',
      strides: [1, 1],
      poolStrides: null,
    })
  })

  test('an option that is undefined counts as left out', () => {
    expect(parse({ units: 3, rate: undefined })).toEqual(parse({ units: 3 }))
  })

  test('the result is frozen, pairs included, and does not share the user’s arrays', () => {
    const strides: [number, number] = [2, 3]
    const spec = parse({ units: 3, strides })
    expect(Object.isFrozen(spec)).toBe(true)
    expect(Object.isFrozen(spec.strides)).toBe(true)
    strides[0] = 7
    expect(spec.strides).toEqual([2, 3])
    expect(Object.isFrozen(parse({ units: 3 }).strides)).toBe(true)
  })

  test.each([
    [
      { units: 3, pading: 'same' },
      'thing: unknown option "pading". Did you mean "padding"? Its options are units, seed, rate, momentum, offset, ' +
        'useBias, path, padding, strides, poolStrides.',
    ],
    [
      { units: 3, somethingElse: 1 },
      'thing: unknown option "somethingElse". Its options are units, seed, rate, momentum, offset, useBias, path, ' +
        'padding, strides, poolStrides.',
    ],
    [{ rate: 0.1 }, 'thing: the option "units" is required.'],
    [{ units: undefined }, 'thing: the option "units" is required.'],
    [{ kind: 'other', units: 3 }, 'thing: the options are those of another kind, "other".'],
    [null, 'thing: options must be an object, such as thing({ … }), not null.'],
    [[3], 'thing: options must be an object, such as thing({ … }), not [3].'],
    ['units', 'thing: options must be an object, such as thing({ … }), not "units".'],
  ])('refuses %j', (options, message) => {
    expect(() => parse(options)).toThrow(new UsageError(message))
  })

  test('a kind without options says so', () => {
    expect(() => parseSpec('flatten', {}, { units: 3 })).toThrow(
      new UsageError('flatten: unknown option "units". It takes no options.'),
    )
  })

  test('names that every object inherits are not options', () => {
    expect(() => parse(JSON.parse('{ "units": 3, "__proto__": { "rate": 0 } }'))).toThrow(
      'unknown option "__proto__"',
    )
    expect(() => parse({ units: 3, constructor: 1 })).toThrow('unknown option "constructor"')
    expect(parse(Object.create({ units: 3, rate: 0 }, { units: { value: 1, enumerable: true } }))).toEqual(
      parse({ units: 1 }),
    )
  })

  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.integer({ min: -1, max: 5 }),
    fc.tuple(fc.nat(3), fc.nat(3)),
    fc.constantFrom('valid', 'same', 0.25, true),
  )
  const almostOptions = fc.dictionary(fc.constantFrom('kind', ...Object.keys(fields)), value)

  test('whatever the options, it returns a spec or throws a UsageError; JSON of a spec makes the same spec', () => {
    fc.assert(
      fc.property(fc.oneof(almostOptions, fc.jsonValue(), fc.anything()), options => {
        let spec: ReturnType<typeof parse>
        try {
          spec = parse(options)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
          return
        }
        expect(parse(spec)).toEqual(spec)
        expect(JSON.stringify(parse(JSON.parse(JSON.stringify(spec))))).toBe(JSON.stringify(spec))
      }),
      { numRuns: 500 },
    )
  })

  test('sound options are never refused', () => {
    const sound = fc.record(
      {
        units: fc.integer({ min: 1 }),
        seed: fc.maxSafeNat(),
        rate: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        momentum: fc.double({ min: 0, max: 1, noNaN: true }),
        offset: fc.double({ noNaN: true, min: -3.4e38, max: 3.4e38 }),
        useBias: fc.boolean(),
        path: fc.string({ minLength: 1 }),
        padding: fc.constantFrom('valid', 'same'),
        strides: fc.oneof(fc.integer({ min: 1 }), fc.tuple(fc.integer({ min: 1 }), fc.integer({ min: 1 }))),
        poolStrides: fc.option(fc.integer({ min: 1 })),
      },
      { requiredKeys: ['units'] },
    )
    fc.assert(
      fc.property(sound, options => {
        expect(parse(options)).toMatchObject({ kind: 'thing', units: options.units })
      }),
    )
  })
})

type Case = readonly [
  name: string,
  field: Field<unknown, unknown>,
  accepted: unknown[],
  refused: unknown[],
  what: string,
]

const cases: readonly Case[] = [
  [
    'integer',
    integer(),
    [1, 2 ** 53 - 1],
    [0, -1, 1.5, '1', null, true, [1]],
    'a whole number of at least 1',
  ],
  ['integer from 0', integer(0, { min: 0 }), [0], [-1, Number.NaN], 'a whole number of at least 0'],
  ['number', number(), [0, -3.4e38, 1.5], [Number.NaN, Infinity, '1', null], 'a number'],
  ['number from 0', number(0, { min: 0 }), [0, 3.4e38], [-1e-9, -Infinity], 'a number of at least 0'],
  [
    'number from 0 to 1',
    number(0, { min: 0, max: 1 }),
    [0, 0.5, 1],
    [-0.1, 1.0000001],
    'a number of at least 0 and at most 1',
  ],
  [
    'number from 0 to below 1',
    number(0, { min: 0, below: 1 }),
    [0, 0.999],
    [1, 2],
    'a number of at least 0 and below 1',
  ],
  ['boolean', boolean(true), [true, false], ['true', 0, 1, null], 'true or false'],
  ['text', text(), ['a', ' '], ['', 3, null, ['a']], 'a non-empty text'],
  [
    'oneOf',
    oneOf(['valid', 'same']),
    ['valid', 'same'],
    ['full', '', 0, null, ['valid']],
    "one of 'valid', 'same'",
  ],
  [
    'pair',
    pair(),
    [1, [1, 2]],
    [0, 1.5, [0, 1], [1], [1, 2, 3], '3', ['1', 2], null, {}],
    'a whole number of at least 1, or [height, width]',
  ],
  [
    'a number beyond float32',
    number(0, { min: 0 }),
    [0, 3.4e38],
    [1e39, -1e300],
    'a number that float32 holds, at most 3.4e38 in size',
  ],
]

test('a whole number that is not exact is too large', () => {
  expect(() => integer().parse(2 ** 53, 'x')).toThrow(
    new UsageError(
      'x is too large: 9007199254740992. The largest whole number is 9007199254740991 (2^53 - 1).',
    ),
  )
  expect(() => integer(1, { max: 9 }).parse(2 ** 53, 'x')).toThrow('at least 1 and at most 9, not 9007')
  expect(() => integer().parse('1e9', 'x')).toThrow('not "1e9". Write it in digits.')
})

describe.each(cases)('%s', (_, field, accepted, refused, what) => {
  test('accepts what fits', () => {
    for (const value of accepted) expect(() => field.parse(value, 'x')).not.toThrow()
  })

  test.each(refused.map(value => [value]))('refuses %j and says what was expected', value => {
    expect(() => field.parse(value, 'conv2d: filters')).toThrow(
      new UsageError(`conv2d: filters must be ${what}, not ${show(value)}.`),
    )
  })
})

test('oneOf offers the closest name', () => {
  expect(() => oneOf(['valid', 'same']).parse('vaild', 'conv2d: padding')).toThrow(
    new UsageError(`conv2d: padding must be one of 'valid', 'same', not "vaild". Did you mean "valid"?`),
  )
})

test('pair takes one number for both axes', () => {
  expect(pair().parse(3, 'x')).toEqual([3, 3])
  expect(pair().parse([3, 5], 'x')).toEqual([3, 5])
})

test('optional takes null, and checks everything else', () => {
  const field = optional(integer())
  expect(field.fallback).toBe(null)
  expect(field.parse(null, 'x')).toBe(null)
  expect(field.parse(2, 'x')).toBe(2)
  expect(() => field.parse(0, 'x')).toThrow('x must be a whole number of at least 1, not 0.')
})

test('custom hands value and path to its own check', () => {
  expect(custom(0, (value, path) => `${path}=${value}`.length).parse(12, 'abc')).toBe(6)
})

describe('checkKeys', () => {
  test('names the unknown key and the closest known one; the kind is not offered as a key', () => {
    expect(() => checkKeys({ kind: 'a', nmae: 1 }, ['kind', 'name', 'data'], 'experiment')).toThrow(
      new UsageError('experiment: unknown key "nmae". Did you mean "name"? Keys: name, data.'),
    )
    expect(() => checkKeys({ '': 1 }, ['name'], 'experiment')).toThrow('experiment: unknown key "".')
    expect(() => checkKeys({ name: 1 }, ['name', 'data'], 'experiment')).not.toThrow()
  })
})

describe('show', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  test.each([
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    ['3', '"3"'],
    [{ a: [1] }, '{"a":[1]}'],
    [12n, '12n'],
    [circle, 'an object without JSON'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%#', (value, shown) => {
    expect(show(value)).toBe(shown)
  })

  test('long values are cut to 60 characters or fewer', () => {
    expect(show('x'.repeat(100))).toBe(`"${'x'.repeat(56)}…`)
  })
})
