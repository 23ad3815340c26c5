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
  /** Other classes of Keras that are this layer. */
  readonly also?: Readonly<Record<string, KerasAlias<Spec>>>
  /** The class and the configuration of specs that are another class there; `null`: the usual one. */
  write?(spec: Spec): readonly [className: string, config: Readonly<Record<string, unknown>>] | null
}

interface KerasAlias<Spec> {
  readonly keys: readonly string[]
  readonly lastAxis?: true
  /** The options that its configuration means; they are checked like any others. */
  read(config: Readonly<Record<string, unknown>>): { readonly [K in keyof Spec]?: unknown }
}

/** Of layers over images and sequences: channels come last. */
export const channelsLast = { only: { data_format: 'channels_last' } } as const
