import { UsageError } from '../../base/errors.ts'
import type { RandomStream } from '../../base/random.ts'
import { type Field, oneOf } from '../../base/schema.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'

export const initializerNames = [
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'zeros',
  'ones',
] as const

export type Initializer = (typeof initializerNames)[number]

/** The option of a layer that names how a parameter starts. */
export function initializer(fallback: Initializer): Field<Initializer, Initializer> {
  return oneOf(initializerNames, fallback)
}

/** How many inputs each output of a layer sums (`fanIn`), and how many outputs each input reaches (`fanOut`). */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/**
 * The starting values of one parameter.
 *
 * | name | distribution |
 * |---|---|
 * | `glorotUniform` | U(−l, l), l = √(6 / (fanIn + fanOut)) |
 * | `glorotNormal` | truncated N(0, 2 / (fanIn + fanOut)) |
 * | `heUniform` | U(−l, l), l = √(6 / fanIn) |
 * | `heNormal` | truncated N(0, 2 / fanIn) |
 *
 * The normal ones are cut at two standard deviations and scaled so that the variance is the one stated.
 * Sources: Glorot and Bengio (2010); He et al. (2015); https://keras.io/api/layers/initializers/.
 *
 * @example
 * initialize('ones', { shape: [2], fans: { fanIn: 2, fanOut: 1 }, stream: new RandomStream(1) }) // Float32Array.of(1, 1)
 */
export function initialize(
  name: Initializer,
  { shape, fans, stream }: { readonly shape: Shape; readonly fans: Fans; readonly stream: RandomStream },
): Float32Array {
  const values = new Float32Array(sizeOf(shape))
  switch (name) {
    case 'zeros':
      return values
    case 'ones':
      return values.fill(1)
    case 'glorotUniform':
      return fillUniform(values, Math.sqrt(6 / (fans.fanIn + fans.fanOut)), stream)
    case 'heUniform':
      return fillUniform(values, Math.sqrt(6 / fans.fanIn), stream)
    case 'glorotNormal':
      return fillTruncatedNormal(values, Math.sqrt(2 / (fans.fanIn + fans.fanOut)), stream)
    case 'heNormal':
      return fillTruncatedNormal(values, Math.sqrt(2 / fans.fanIn), stream)
    default:
      throw new UsageError(`Unknown initializer ${name satisfies never}.`)
  }
}

function fillUniform(values: Float32Array, limit: number, stream: RandomStream): Float32Array {
  return values.map((_, i) => (2 * stream.uniform(i) - 1) * limit)
}

/** The standard deviation of N(0, 1) cut at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978

function fillTruncatedNormal(values: Float32Array, deviation: number, stream: RandomStream): Float32Array {
  const scale = deviation / TRUNCATED_DEVIATION
  let position = 0
  const draw = (): number => {
    // Box and Muller (1958), drawn again while outside two deviations.
    for (;;) {
      const radius = Math.sqrt(-2 * Math.log(1 - stream.uniform(position)))
      const normal = radius * Math.cos(2 * Math.PI * stream.uniform(position + 1))
      position += 2
      if (Math.abs(normal) <= 2) return normal
    }
  }
  return values.map(() => draw() * scale)
}
