import { UsageError } from '../../../base/errors.ts'
import { definitionOf, type LayerSpec } from '../../../nn/layers/index.ts'
import { snakeCase } from './spelling.ts'
import type { Json, KerasWords } from './words.ts'

/** The class and the configuration of a layer; defaults are left out. Throws a `UsageError` for a layer that the program does not have. */
export function writeLayer(layer: LayerSpec, words: KerasWords): readonly [className: string, config: Json] {
  const { className, fields, keras } = definitionOf(layer)
  if (!keras) throw new UsageError(`Keras has no layer like ${className}. Replace it, and train again.`)
  const refusal = keras.refused?.(layer)
  if (refusal) throw new UsageError(refusal)
  const [name, options] = keras.write?.(layer) ?? [className, given(layer)]
  const config = Object.fromEntries(
    Object.entries(options).map(([key, value]) => [spelled(layer, key, words), value]),
  )
  const other = words.refusal(name, config)
  if (other) throw new UsageError(other)
  return [name, config]

  function given(spec: LayerSpec): Json {
    const entries = Object.entries(spec as unknown as Json).filter(
      ([option, value]) =>
        option !== 'kind' &&
        (keras!.written?.includes(option) ||
          JSON.stringify(value) !== JSON.stringify(fields[option]?.fallback)),
    )
    return Object.fromEntries(
      entries.map(([option, value]) => [snakeCase(option), writeOption(option, value, words)]),
    )
  }
}

/** A key of a layer, or the name of one of its weights. */
export function spelled(layer: LayerSpec, name: string, { isOld }: KerasWords): string {
  const key = snakeCase(name)
  return (isOld && definitionOf(layer).keras?.formerly?.[key]) || key
}

function writeOption(option: string, value: unknown, words: KerasWords): unknown {
  if (/regularizer$/i.test(option) && value !== null) {
    const { kind, ...config } = value as { kind: string }
    const className = kind === 'l1l2' ? 'L1L2' : kind.toUpperCase()
    return words.regularizer(className, config)
  }
  const isName = /initializer$/i.test(option) || option === 'activation'
  return isName && typeof value === 'string' ? snakeCase(value) : value
}
