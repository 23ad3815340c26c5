import { expect, test } from 'vitest'
import { UsageError } from './errors.ts'
import { type Definition, family } from './family.ts'
import { number, required } from './schema.ts'

interface Circle {
  readonly kind: 'circle'
  readonly radius: number
}
interface Ring {
  readonly kind: 'ring'
  readonly inner: number
  readonly outer: number
}

const circle: Definition<Circle> = { fields: { radius: number(1, { min: 0 }) } }
const ring: Definition<Ring> = {
  fields: { inner: required(number()), outer: number(2) },
  check({ inner, outer }) {
    if (inner >= outer) throw new UsageError('ring: inner must be below outer.')
  },
}
const shapes = family('shape', { circle, ring })

test('a spec is parsed by its kind: defaults are filled in and the result is frozen', () => {
  const spec = shapes.parse({ kind: 'ring', inner: 1 }, 'drawing')
  expect(spec).toEqual({ kind: 'ring', inner: 1, outer: 2 })
  expect(Object.isFrozen(spec)).toBe(true)
  expect(shapes.of(spec)).toBe(ring)
})

test('an option takes a name with all its defaults, or a spec', () => {
  expect(shapes.field.parse('circle', 'shape')).toEqual({ kind: 'circle', radius: 1 })
  expect(shapes.field.parse({ kind: 'circle', radius: 3 }, 'shape')).toEqual({ kind: 'circle', radius: 3 })
  expect(() => shapes.field.parse('ring', 'shape')).toThrow('ring: the option "inner" is required.')
})

test('a list takes specs up to its limit', () => {
  const list = shapes.list(2)
  expect(list.fallback).toEqual([])
  expect(list.parse([{ kind: 'circle' }], 'shapes')).toEqual([{ kind: 'circle', radius: 1 }])
  expect(() => list.parse([1, 2, 3], 'shapes')).toThrow('shapes holds 3 entries, at most 2 are possible.')
  expect(() => list.parse('circle', 'shapes')).toThrow('shapes must be a list, not "circle".')
  expect(() => list.parse(['circle'], 'shapes')).toThrow('shapes[0]: "circle" is not a shape.')
})

test('its form holds the options of every kind', () => {
  expect(shapes.form).toEqual({
    type: 'kinds',
    kinds: {
      circle: { radius: { form: expect.objectContaining({ type: 'number' }), required: false, fallback: 1 } },
      ring: {
        inner: { form: { type: 'number' }, required: true, fallback: undefined },
        outer: { form: { type: 'number' }, required: false, fallback: 2 },
      },
    },
  })
})

test.each([
  [
    'a kind that is nearly right',
    { kind: 'cirle' },
    'x: {"kind":"cirle"} is not a shape. Did you mean "circle"? Shapes are circle, ring.',
  ],
  [
    'a name of every object',
    { kind: 'toString' },
    'x: {"kind":"toString"} is not a shape. Shapes are circle, ring.',
  ],
  ['nothing', null, 'x: null is not a shape. Shapes are circle, ring.'],
  [
    'a function',
    () => 1,
    'x: a function is not a shape. Options are plain values, which are saved with the run; a function is not. Shapes are circle, ring.',
  ],
  [
    'an unknown option',
    { kind: 'circle', radus: 1 },
    'circle: unknown option "radus". Did you mean "radius"? Its options are radius.',
  ],
  ['options that do not fit together', { kind: 'ring', inner: 3 }, 'ring: inner must be below outer.'],
])('%s is refused', (_, value, message) => {
  expect(() => shapes.parse(value, 'x')).toThrow(new UsageError(message))
})
