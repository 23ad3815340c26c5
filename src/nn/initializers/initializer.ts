import type { RandomStream } from '../../base/random.ts'
import { type Field, oneOf } from '../../base/schema.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'

/** How many inputs each output of a layer sums (`fanIn`), and how many outputs each input reaches (`fanOut`). */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

type Draw = (values: Float32Array, fans: Fans, stream: RandomStream) => Float32Array

/** Every initializer; `initialize` documents them. */
const draws = {
  glorotUniform: (values, { fanIn, fanOut }, stream) =>
    fillUniform(values, Math.sqrt(6 / (fanIn + fanOut)), stream),
  glorotNormal: (values, { fanIn, fanOut }, stream) =>
    fillTruncatedNormal(values, Math.sqrt(2 / (fanIn + fanOut)), stream),
  heUniform: (values, { fanIn }, stream) => fillUniform(values, Math.sqrt(6 / fanIn), stream),
  heNormal: (values, { fanIn }, stream) => fillTruncatedNormal(values, Math.sqrt(2 / fanIn), stream),
  zeros: values => values,
  ones: values => values.fill(1),
} satisfies Readonly<Record<string, Draw>>

export type Initializer = keyof typeof draws
export const initializerNames = Object.keys(draws) as Initializer[]

/** The option of a layer that names how a parameter starts. */
export function initializer(fallback: Initializer): Field<Initializer, Initializer> {
  return oneOf(initializerNames, fallback)
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
  const draw: Draw = draws[name]
  return draw(new Float32Array(sizeOf(shape)), fans, stream)
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
