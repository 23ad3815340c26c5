import { UsageError } from '../../../base/errors.ts'
import type { Field } from '../../../base/schema.ts'
import { show } from '../../../base/schema.ts'
import { initializerNames } from '../../../nn/initializers/initializer.ts'
import { type LayerSpec, layers } from '../../../nn/layers/index.ts'
import type { KerasForm } from '../../../nn/layers/keras-form.ts'
import type { LayerDefinition } from '../../../nn/layers/layer.ts'
import { regularizers } from '../../../nn/regularizers/regularizer.ts'
import type { KerasLayer } from './keras-graph.ts'
import { camelCase, snakeCase } from './spelling.ts'

type Json = Readonly<Record<string, unknown>>
type AnyDefinition = LayerDefinition<LayerSpec>

/** What Heddle makes of a layer of Keras. */
export interface ReadLayer {
  readonly kind: LayerSpec['kind']
  /** To be checked by `parseLayer`. */
  readonly options: Readonly<Record<string, unknown>>
  /** Options to be taken from its weights. */
  readonly stored: readonly string[]
  /** The axis that must be the last one. */
  readonly axis: unknown
  readonly remarks: readonly string[]
}

/** The kinds of layers by Keras' name of their class. */
const kindsByClass = new Map(
  Object.entries(layers.definitions).flatMap(([kind, definition]) => {
    const { className, keras } = definition as unknown as AnyDefinition
    return [className, ...Object.keys(keras?.also ?? {})].map(
      name => [name, kind as LayerSpec['kind']] as const,
    )
  }),
)

/** The definition of the layer that a class of Keras is; `null`: Heddle has none. */
export function definitionOfClass(className: string): AnyDefinition | null {
  const kind = kindsByClass.get(className)
  return kind ? (layers.definitions[kind] as unknown as AnyDefinition) : null
}

/** Keys of every layer that say nothing about its outputs. */
const COMMON = [
  'name',
  'trainable',
  'dtype',
  'batch_shape',
  'batch_input_shape',
  'input_shape',
  'input_dtype',
  'autocast',
]

/** Throws a `UsageError` for a class or a setting that Heddle does not have; it names neither file nor layer. */
export function readLayer({ className, config }: KerasLayer, kerasVersion: string): ReadLayer {
  const kind = kindsByClass.get(className)
  if (!kind) {
    throw new UsageError(
      className === 'Lambda'
        ? 'Lambda holds a program, and Heddle runs no code of a file. Replace it in Keras by layers such as Rescaling, and save again.'
        : `Heddle has no such layer. It has ${[...kindsByClass.keys()].join(', ')}.`,
    )
  }
  const definition = layers.definitions[kind] as unknown as AnyDefinition
  const form: KerasForm<LayerSpec> = definition.keras ?? {}
  const alias = form.also?.[className]
  const remarks: string[] = []
  const options: Record<string, unknown> = {}
  const stored: string[] = []
  for (const [key, value] of Object.entries(config)) {
    const option = camelCase(key)
    if (key === 'axis' && (alias ?? form).lastAxis) continue
    if (alias?.keys.includes(key)) continue
    if (!alias && Object.hasOwn(definition.fields, option)) {
      if (value === null && form.stored?.includes(option)) stored.push(option)
      else if (value !== undefined)
        options[option] = readOption(option, value, {
          field: definition.fields[option]!,
          kerasVersion,
          remarks,
        })
    } else checkKey(key, value, { form, remarks })
  }
  return {
    kind,
    options: alias ? { ...alias.read(config) } : options,
    stored,
    axis: (alias ?? form).lastAxis ? (config.axis ?? -1) : -1,
    remarks,
  }
}

function checkKey(
  key: string,
  value: unknown,
  { form, remarks }: { readonly form: KerasForm<LayerSpec>; readonly remarks: string[] },
): void {
  if (key === 'dtype' && !JSON.stringify(value ?? 'float32').includes('float32'))
    remarks.push(`computed in ${dtypeName(value)} in Keras, in float32 here`)
  if (COMMON.includes(key) || value === null || value === false) return
  if (form.ignored?.includes(key) || key.endsWith('_initializer')) return
  if (form.only && Object.hasOwn(form.only, key)) {
    const only = form.only[key]
    if (JSON.stringify(value) === JSON.stringify(only)) return
    throw new UsageError(
      `its ${key} is ${show(value)}, and Heddle has only ${show(only)}. ${key === 'data_format' ? 'Build it in Keras with channels last.' : 'Change it in Keras, and save again.'}`,
    )
  }
  if (key.endsWith('_constraint') || key === 'activity_regularizer') {
    remarks.push(`${key} is left out: it acts in training only`)
    return
  }
  throw new UsageError(
    `it has ${key.slice(0, 100)} = ${show(value)}, which Heddle does not have. Leave it out in Keras, and save again.`,
  )
}

function dtypeName(value: unknown): string {
  const name = ((value as Json | null)?.config as Json | undefined)?.name ?? value
  return typeof name === 'string' ? name : show(name)
}

interface OptionPlace {
  readonly field: Field<unknown, unknown>
  readonly kerasVersion: string
  readonly remarks: string[]
}

function readOption(option: string, value: unknown, { field, kerasVersion, remarks }: OptionPlace): unknown {
  if (/initializer$/i.test(option)) return readInitializer(value, field, remarks)
  if (/regularizer$/i.test(option)) return readRegularizer(value, option, remarks)
  if (option === 'activation') return readActivation(value, kerasVersion)
  // Windows over sequences are lists of one there.
  const { form } = field
  const inner = form.type === 'optional' ? form.of : form
  const isOne = Array.isArray(value) && value.length === 1 && inner.type === 'integer'
  return isOne ? (value as unknown[])[0] : value
}

function classOf(value: unknown): { readonly name: string; readonly config: Json } | null {
  if (typeof value === 'string') return { name: value, config: {} }
  const { class_name: name, config } = (value ?? {}) as Json
  return typeof name === 'string' ? { name, config: (config ?? {}) as Json } : null
}

function readInitializer(value: unknown, field: Field<unknown, unknown>, remarks: string[]): unknown {
  const name = classOf(value)?.name ?? ''
  const known = initializerNames.find(one => one.toLowerCase() === name.replaceAll('_', '').toLowerCase())
  if (known) return known
  remarks.push(
    `starts with ${name || show(value)} in Keras; trained anew, it would start with ${field.fallback}`,
  )
  return field.fallback
}

function readRegularizer(value: unknown, option: string, remarks: string[]): unknown {
  if (value === null) return null
  const found = classOf(value)
  const kind = found?.name.toLowerCase() ?? ''
  if (!Object.hasOwn(regularizers.definitions, kind)) {
    remarks.push(`${snakeCase(option)} ${found?.name ?? show(value)} is left out: it acts in training only`)
    return null
  }
  const { fields } = regularizers.definitions[kind as 'l2']
  const factors = Object.entries(found!.config).filter(([key]) => Object.hasOwn(fields, key))
  return { kind, ...Object.fromEntries(factors) }
}

/** Names of activations that Keras spells otherwise. */
const ACTIVATIONS: Readonly<Record<string, string>> = { swish: 'silu', hardSwish: 'hardSilu' }

function readActivation(value: unknown, kerasVersion: string): unknown {
  if (value === null) return 'linear'
  const found = classOf(value)
  if (typeof value !== 'string' && found?.name !== 'function')
    throw new UsageError(
      `its activation is ${show(found?.name ?? value)}, a function of its own. Use one of Keras' names, or a layer such as LeakyReLU.`,
    )
  const name = camelCase(String(typeof value === 'string' ? value : (value as Json).config))
  if (name === 'hardSigmoid' && !/^[3-9]/.test(kerasVersion)) {
    throw new UsageError(
      "its activation is Keras 2's hard_sigmoid, 0.2x + 0.5, and Heddle has that of Keras 3, x/6 + 0.5. Train it with another activation.",
    )
  }
  return ACTIVATIONS[name] ?? name
}
