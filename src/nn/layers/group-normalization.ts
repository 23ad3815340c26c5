import { HeddleError, UsageError } from '../../base/errors.ts'
import { integer, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import { type AffineOptions, affineFields, affineNames, affineParameters } from './affine.ts'
import type { LayerDefinition } from './layer.ts'

const own = {
  /** Neighbouring channels are cut into this many groups; −1: each channel is a group. Default 32. */
  groups: integer(32, { min: -1 }),
  /** Added to the variance, so that a group of equal values is not divided by zero. Default 0.001. */
  epsilon: number(1e-3, { min: 0 }),
}

const fields = { ...own, ...affineFields }

export interface GroupNormalizationOptions extends Options<typeof own>, AffineOptions {}
export type GroupNormalizationSpec = Spec<'groupNormalization', typeof fields>

/**
 * Group normalisation: y = gamma · (x − mean) / √(variance + epsilon) + beta, over all positions of an example and the
 * channels of a group.
 *
 * An example never depends on the others of its batch; `groups: 1` takes all channels together, `groups: -1` each alone
 * (instance normalisation). In and out `[…, channels]`; gamma and beta `[channels]`. Throws a `UsageError` for an option
 * out of range, and a `HeddleError` where the groups do not divide the channels.
 * Source: Wu and He (2018); https://keras.io/api/layers/normalization_layers/group_normalization/.
 *
 * @example
 * groupNormalization({ groups: 8 }).epsilon // 0.001
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): GroupNormalizationSpec {
  const spec = parseSpec('groupNormalization', fields, options)
  check(spec)
  return spec
}

export const groupNormalizationLayer: LayerDefinition<GroupNormalizationSpec> = {
  className: 'GroupNormalization',
  keras: { lastAxis: true },
  fields,
  check,
  role: 'normalization',
  inputs: 'one',

  outputShape(spec, inputs) {
    groupsOf(spec, inputs[0]!)
    return inputs[0]!
  },

  parameters: (spec, inputs) => affineParameters(spec, inputs[0]!.at(-1)!),

  lower(spec, { inputs: [x], emit }) {
    const { epsilon, scale, center } = spec
    return emit('groupNormalization', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { groups: groupsOf(spec, x!.shape), epsilon, scale, center },
      parameters: affineNames(spec),
    })
  },
}

function check({ groups }: GroupNormalizationSpec): void {
  if (groups !== 0) return
  throw new UsageError(
    'groupNormalization: groups must be a whole number of at least 1, or -1 for a group of each channel, not 0.',
  )
}

function groupsOf({ groups }: GroupNormalizationSpec, input: Shape): number {
  const channels = input.at(-1)!
  if (groups === -1) return channels
  if (channels % groups === 0) return groups
  throw new HeddleError(
    `its ${groups} groups do not divide ${channels} channels. Choose a number of groups that does, or -1.`,
  )
}
