import type { Shape } from '../../base/shape.ts'

/**
 * How a layer stands in a file of Keras. Its options have the same names in snake case, its weights the same order; kernels
 * have their outputs last there and first here. The rest is said here, beside the layer.
 */
export interface KerasForm<Spec> {
  /** Keys without an option here, with the one value that means what this layer does. `null` and `false` always do. */
  readonly only?: Readonly<Record<string, unknown>>
  /** Keys that do not matter to the outputs. */
  readonly ignored?: readonly string[]
  /** It has the key `axis`, and only the last one is possible. */
  readonly lastAxis?: true
  /** Options that Keras may keep among the weights, where its configuration has `null`; in that order. */
  readonly stored?: readonly string[]
  /** Options that Keras wants to have even where they are defaults, which are left out else. */
  readonly written?: readonly string[]
  /** Where TensorFlow.js is different. */
  readonly tfjs?: TfjsForm<Spec>
  /** Keys and weights that Keras 2 and TensorFlow.js call otherwise, by their name in Keras 3. */
  readonly formerly?: Readonly<Record<string, string>>
  /** Other classes of Keras that are this layer. */
  readonly also?: Readonly<Record<string, KerasAlias<Spec>>>
  /** Why Keras cannot have a spec, and what to do; `null`: it can. */
  refused?(spec: Spec): string | null
  /** The class and the configuration of specs that are another class there; `null`: the usual one. */
  write?(spec: Spec): readonly [className: string, config: Readonly<Record<string, unknown>>] | null
}

/** How a layer differs in TensorFlow.js, which has fewer layers and passes over options that it does not have. */
export interface TfjsForm<Spec> {
  /** Why it would compute something else with this configuration of Keras, and what to do; `null`: it is the same. */
  refused?(config: Readonly<Record<string, unknown>>, className: string): string | null
  /** Layers that compute the same, one after the other; `null`: the layer itself. */
  instead?(
    spec: Spec,
    shapes: { readonly channels: number; readonly outputShape: Shape },
  ): readonly Substitute[] | null
}

/** A layer in the place of another one. */
export interface Substitute {
  /** Its options, with its kind. */
  readonly layer: { readonly kind: string }
  /** Weights by Keras' name, where they are options in Heddle. */
  readonly weights?: Readonly<Record<string, Float32Array>>
  readonly remark?: string
}

interface KerasAlias<Spec> {
  readonly keys: readonly string[]
  readonly lastAxis?: true
  /** The options that its configuration means; they are checked like any others. */
  read(config: Readonly<Record<string, unknown>>): { readonly [K in keyof Spec]?: unknown }
}

/** The form of layers over images and sequences, whose channels come last. */
export const channelsLast = { only: { data_format: 'channels_last' } } as const

const oneGroup = {
  refused: ({ groups }: Readonly<Record<string, unknown>>) =>
    groups === undefined || groups === 1
      ? null
      : 'TensorFlow.js has no groups of channels. Use a convolution in one group, or a depthwise one.',
} as const

/** The form of convolutions: Keras has strides or a dilation, not both. */
export const channelsLastWindow = {
  ...channelsLast,
  tfjs: oneGroup,
  refused: ({ strides, dilationRate }: Record<'strides' | 'dilationRate', number | readonly number[]>) =>
    [strides].flat().some(n => n > 1) && [dilationRate].flat().some(n => n > 1)
      ? 'Keras has no convolution with both strides and a dilation above 1. Use one of them, and train again.'
      : null,
}
