import { UsageError } from '../../../base/errors.ts'
import type { Weights } from './constants.ts'
import { flowing, type NodeReader, type ReadOperator } from './node-reader.ts'
import { asShort } from './read-elementwise.ts'
import { channelsLast, dimSize, sizesOf, type View } from './view.ts'

export const normalizationOperators: Readonly<Record<string, ReadOperator>> = {
  BatchNormalization(reader) {
    const view = withChannels(reader)
    reader.only('training_mode', 0)
    reader.only('spatial', 1)
    reader.only('is_test', 1)
    if (reader.needsOutput(1))
      throw new UsageError('it gives statistics of the batch, as in training. Export it for inference.')
    const channels = dimSize(view.dims[0]!)
    const [gamma, beta, movingMean, movingVariance] = [1, 2, 3, 4].map(i => perChannel(reader, i, channels))
    return flowing(
      reader.layer(
        {
          kind: 'batchNormalization',
          epsilon: asShort(reader.float('epsilon', 1e-5)),
          momentum: asShort(reader.float('momentum', 0.9)),
        },
        view,
        channelsLast(view.dims.length),
        { gamma: gamma!, beta: beta!, movingMean: movingMean!, movingVariance: movingVariance! },
      ),
    )
  },

  InstanceNormalization(reader) {
    const view = withChannels(reader)
    const channels = dimSize(view.dims[0]!)
    return grouped(reader, view, -1, {
      gamma: perChannel(reader, 1, channels),
      beta: perChannel(reader, 2, channels),
    })
  },

  GroupNormalization(reader) {
    const view = withChannels(reader)
    const channels = dimSize(view.dims[0]!)
    const groups = reader.int('num_groups', 1)
    if (groups < 1 || channels % groups !== 0)
      throw new UsageError(`its ${groups} groups do not divide ${channels} channels.`)
    // Before opset 21 a group had one factor and one offset.
    const spread = (index: number): Weights => {
      const weights = reader.weights(index)
      if (weights?.length !== groups || reader.opset >= 21) return perChannel(reader, index, channels)
      const values = (): Float32Array => {
        const own = weights.values()
        return Float32Array.from({ length: channels }, (_, c) => own[Math.floor((c * groups) / channels)]!)
      }
      return { length: channels, values }
    }
    return grouped(reader, view, groups, { gamma: spread(1), beta: spread(2) })
  },

  LayerNormalization(reader) {
    const view = reader.view()
    const rank = view.dims.length + 1
    if (reader.needsOutput(1)) throw new UsageError('its mean is read, which Heddle does not give.')
    const axis = reader.axis(reader.int('axis', -1), rank)
    const own = sizesOf(view).slice(axis - 1)
    if (axis !== rank - 1) {
      throw new UsageError(`it works over the last ${own.length} axes, and Heddle's over one.`)
    }
    const [scale, offset] = [reader.constant(1), reader.constant(2)]
    const channels = own[0]!
    const weights = {
      ...(scale && { gamma: perChannel(reader, 1, channels) }),
      ...(offset && { beta: perChannel(reader, 2, channels) }),
    }
    const epsilon = asShort(reader.float('epsilon', 1e-5))
    const options = {
      kind: 'layerNormalization',
      epsilon,
      scale: scale !== null,
      center: offset !== null,
    } as const
    return flowing(
      reader.layer(
        options,
        view,
        view.dims.map((_, i) => i),
        weights,
      ),
    )
  },
}

/** The view, whose first axis has the channels; at most images. */
function withChannels(reader: NodeReader): View {
  const view = reader.view()
  if (view.dims.length >= 1 && view.dims.length <= 3) return view
  throw new UsageError(
    `it works on ${view.dims.length + 1} axes; Heddle's layers have at most four, with the batch.`,
  )
}

function perChannel(reader: NodeReader, index: number, channels: number): Weights {
  const weights = reader.weights(index)
  if (weights?.length === channels) return weights
  throw new UsageError(
    `its input ${index + 1} has ${weights?.length ?? 0} numbers, and needs one for each of ${channels} channels.`,
  )
}

function grouped(
  reader: NodeReader,
  view: View,
  groups: number,
  weights: Readonly<Record<'gamma' | 'beta', Weights>>,
) {
  const epsilon = asShort(reader.float('epsilon', 1e-5))
  const options = { kind: 'groupNormalization', groups, epsilon } as const
  return flowing(reader.layer(options, view, channelsLast(view.dims.length), weights))
}
