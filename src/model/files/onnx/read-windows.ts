import { UsageError } from '../../../base/errors.ts'
import type { Pair } from '../../../base/schema.ts'
import { weightsOf } from './constants.ts'
import { parameterOf } from './graph-writer.ts'
import type { LayerOptions } from './model-builder.ts'
import { type Flowing, flowing, type NodeReader, type ReadOperator, sliceOf } from './node-reader.ts'
import { outputsOf, ownPadding, type Sliding, slidingOf, withCeiling } from './sliding.ts'
import { channelsLast, dimSize, type Order, sizesOf, type View, viewOf } from './view.ts'

/** One number of a sequence, or those of an image. */
function oneOrAll(values: readonly number[]): number | readonly number[] {
  return values.length === 1 ? values[0]! : values
}

const order = (view: View): Order => channelsLast(view.dims.length)

export const windowOperators: Readonly<Record<string, ReadOperator>> = {
  Conv(reader) {
    const view = reader.view()
    const kernel = reader.constant(1)
    if (!kernel) throw new UsageError('it has no kernel.')
    const [filters, groupChannels, ...size] = kernel.dims as [number, number, ...number[]]
    const rank = checkRank(view, size.length)
    const channels = dimSize(view.dims[0]!)
    const groups = reader.int('group', 1)
    if (groupChannels * groups !== channels || filters % groups !== 0) {
      throw new UsageError(
        `its kernel has the sizes [${kernel.dims.join(', ')}], which do not fit ${channels} channels in ${groups} groups.`,
      )
    }
    const sliding = slidingOf(reader, view, size)
    const shape = [filters, ...size, groupChannels]
    const axes = [0, shape.length - 1, ...size.map((_, i) => i + 1)]
    const bias = reader.weights(2)
    const arranged = weightsOf(kernel, values => parameterOf({ view: shape, axes }, values))
    const weights = { kernel: arranged, ...(bias && { bias }) }
    const isDepthwise = groups > 1 && groupChannels === 1
    const kind = `${isDepthwise ? 'depthwiseConv' : 'conv'}${rank}d` as 'conv2d'
    const options = isDepthwise ? { depthMultiplier: filters / groups } : { filters, groups }
    const { padded, padding } = withZeros(reader, view, sliding)
    return flowing(
      reader.layer(
        {
          kind,
          kernelSize: size.length === 1 ? size[0] : size,
          strides: oneOrAll(sliding.strides),
          dilationRate: oneOrAll(sliding.dilations),
          padding,
          useBias: bias !== null,
          ...options,
        },
        padded,
        order(view),
        weights,
      ),
    )
  },

  MaxPool(reader) {
    reader.only('storage_order', 0)
    if (reader.needsOutput(1))
      throw new UsageError('the places of its maxima are read, which Heddle does not keep.')
    return pool(reader, 'max')
  },
  AveragePool: reader => pool(reader, 'average'),

  GlobalAveragePool: reader => poolAll(reader, 'Average', spatialAxes(reader), true),
  GlobalMaxPool: reader => poolAll(reader, 'Max', spatialAxes(reader), true),
  ReduceMean: reader => poolAll(reader, 'Average', reducedAxes(reader, 18), reader.int('keepdims', 1) !== 0),
  ReduceMax: reader => poolAll(reader, 'Max', reducedAxes(reader, 18), reader.int('keepdims', 1) !== 0),

  Pad(reader) {
    const { view, isPositive } = reader.flowing()
    reader.only('mode', 'constant')
    const rank = view.dims.length + 1
    const value = reader.opset < 11 ? reader.float('value', 0) : (reader.single(2) ?? 0)
    if (value !== 0) throw new UsageError(`it pads with ${value}, and Heddle with zeros only.`)
    const pads =
      (reader.opset < 11 ? (reader.ints('pads') ?? reader.ints('paddings')) : reader.wholes(1)) ?? []
    const axes = (reader.opset < 18 ? null : reader.wholes(3)) ?? Array.from({ length: rank }, (_, i) => i)
    if (pads.length !== 2 * axes.length)
      throw new UsageError(`it has ${pads.length} pads for ${axes.length} axes.`)
    const sides = Array.from({ length: rank }, (): Pair => [0, 0])
    axes.forEach((axis, i) => {
      sides[reader.axis(axis, rank)] = [pads[i]!, pads[i + axes.length]!]
    })
    if (sides.flat().every(n => n === 0)) return reader.flowing()
    return flowing(bordered(reader, view, sides), { isPositive: isPositive ?? false })
  },

  Slice(reader) {
    const { view, isPositive } = reader.flowing()
    const rank = view.dims.length + 1
    const { starts, ends, axes, steps } = sliceOf(reader)
    if (steps.some(step => step !== 1)) throw new UsageError('it takes every second place or goes backwards.')
    const sizes = [Number.POSITIVE_INFINITY, ...sizesOf(view)]
    const sides = sizes.map((): Pair => [0, 0])
    axes.forEach((value, i) => {
      const axis = reader.axis(value, rank)
      const place = (n: number): number => Math.min(Math.max(n < 0 ? n + sizes[axis]! : n, 0), sizes[axis]!)
      const [start, end] = [place(starts[i]!), place(ends[i]!)]
      if (axis === 0 && (start > 0 || ends[i]! < 2 ** 31))
        throw new UsageError('it takes a part of the batch.')
      if (axis > 0) sides[axis] = [0 - start, end - sizes[axis]!]
    })
    if (sides.flat().every(n => n === 0)) return reader.flowing()
    return flowing(bordered(reader, view, sides), { isPositive: isPositive ?? false })
  },
}

/** 1 for sequences, 2 for images. */
function checkRank({ dims }: View, windowAxes: number): number {
  const rank = dims.length - 1
  if (rank === windowAxes && (rank === 1 || rank === 2)) return rank
  throw new UsageError(
    `its window has ${windowAxes} axes on a tensor of ${dims.length + 1}; Heddle has windows over images (4 axes) and sequences (3).`,
  )
}

/** The view, with zeros around it where Heddle's own padding is another. */
function withZeros(
  reader: NodeReader,
  view: View,
  sliding: Sliding,
): { readonly padded: View; readonly padding: 'valid' | 'same' } {
  const own = ownPadding(sliding)
  return own
    ? { padded: view, padding: own }
    : { padded: zerosAround(reader, view, sliding), padding: 'valid' }
}

function zerosAround(reader: NodeReader, view: View, { before, after }: Sliding): View {
  return bordered(reader, view, [[0, 0], [0, 0], ...before.map((n, axis): Pair => [n, after[axis]!])])
}

/** Zeros around the axes of a tensor, its batch first, or their ends cut; throws where that is no border of an image or sequence. */
function bordered(reader: NodeReader, view: View, sides: readonly Pair[]): View {
  const [batch, ...own] = sides
  const touched = own.flatMap(([before, after], axis) => (before !== 0 || after !== 0 ? [axis] : []))
  const free = own.findIndex((_, axis) => !touched.includes(axis))
  const isLast = touched.every(axis => axis < own.length - 1)
  const around = isLast ? own.length - 1 : free
  const inOrder = own.map((_, axis) => axis).filter(axis => axis !== around)
  if (batch![0] !== 0 || batch![1] !== 0 || free < 0 || own.length < 2 || own.length > 3) {
    throw new UsageError(
      `it changes the borders [${sides.map(side => side.join(' and ')).join('; ')}] of a tensor; Heddle does so for height and width, or the steps of a sequence.`,
    )
  }
  // Channels first is the usual place: they come last in Heddle.
  const wanted = touched.includes(0) ? [...inOrder, around] : channelsLast(own.length)
  const values = wanted.slice(0, -1).map(axis => own[axis]!)
  const isCut = values.flat().some(n => n < 0)
  if (isCut && values.flat().some(n => n > 0)) throw new UsageError('it adds to one border and cuts another.')
  if (own.length === 3) {
    const options: LayerOptions = isCut
      ? { kind: 'cropping2d', cropping: values.map(side => side.map(n => 0 - n)) }
      : { kind: 'zeroPadding2d', padding: values }
    return reader.layer(options, view, wanted)
  }
  if (!isCut) return reader.layer({ kind: 'zeroPadding1d', padding: values[0] }, view, wanted)
  throw new UsageError('it cuts steps off a sequence, and Heddle cuts images only.')
}

function pool(reader: NodeReader, rule: 'max' | 'average'): Flowing {
  const { view, isPositive } = reader.flowing()
  const size = reader.ints('kernel_shape')
  if (!size) throw new UsageError('it has no kernel_shape.')
  const rank = checkRank(view, size.length)
  const sliding = withCeiling(reader, slidingOf(reader, view, size), rule)
  if (sliding.dilations.some(n => n !== 1))
    throw new UsageError('its dilations are not 1, and Heddle pools neighbours.')
  const kind = `${rule}Pooling${rank}d` as 'maxPooling2d'
  const more = { isPositive: isPositive ?? false }
  const isPadded = [...sliding.before, ...sliding.after].some(n => n > 0)
  const countsZeros = rule === 'average' && isPadded && reader.int('count_include_pad', 0) === 1
  const own = countsZeros ? null : ownPadding(sliding)
  const window = { poolSize: oneOrAll(size), strides: oneOrAll(sliding.strides) }
  if (own) return flowing(reader.layer({ kind, ...window, padding: own }, view, order(view)), more)
  if (countsZeros || (rule === 'max' && isPositive)) {
    const padded = zerosAround(reader, view, sliding)
    return flowing(reader.layer({ kind, ...window, padding: 'valid' }, padded, order(view)), more)
  }
  // Windows at every place, of which every second, third … is taken: the same ones where their centers lie on those places.
  const isCentered = size.every((n, axis) => sliding.before[axis] === Math.floor((n - 1) / 2))
  const picked = sliding.lengths.map((length, axis) => Math.ceil(length / sliding.strides[axis]!))
  if (isCentered && picked.every((count, axis) => count === outputsOf(sliding, axis))) {
    const all = reader.layer(
      { kind, poolSize: oneOrAll(size), strides: oneOrAll(size.map(() => 1)), padding: 'same' },
      view,
      order(view),
    )
    const pick = `maxPooling${rank}d` as 'maxPooling2d'
    const single = oneOrAll(size.map(() => 1))
    return flowing(
      reader.layer({ kind: pick, poolSize: single, strides: window.strides }, all, order(view)),
      more,
    )
  }
  throw new UsageError(
    `its pads [${[...sliding.before, ...sliding.after].join(', ')}] are others than Heddle's: none, or those that keep the size. Pad before it, or pool after a relu.`,
  )
}

function spatialAxes(reader: NodeReader): readonly number[] {
  return sizesOf(reader.view())
    .slice(1)
    .map((_, i) => i + 1)
}

/** Axes without the batch, counted from 0. */
function reducedAxes(reader: NodeReader, since: number): readonly number[] {
  const rank = reader.view().dims.length + 1
  const axes = (reader.opset < since ? reader.ints('axes') : (reader.wholes(1) ?? reader.ints('axes'))) ?? []
  const counted = axes.map(axis => reader.axis(axis, rank) - 1).toSorted((a, b) => a - b)
  if (counted.length === 0 || counted.includes(-1)) throw new UsageError('it joins the examples of a batch.')
  return counted
}

/** The readers after which an axis of length 1 is of no use. */
const FLATTENING = new Set(['Flatten', 'Reshape', 'Squeeze', 'Gemm', 'MatMul', 'output'])

function poolAll(
  reader: NodeReader,
  rule: 'Average' | 'Max',
  axes: readonly number[],
  keepsAxes: boolean,
): Flowing {
  const { view, isPositive } = reader.flowing()
  const kept = view.dims.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
  const isKnown = kept.length === 1 && (axes.length === 1 || axes.length === 2)
  if (!isKnown) {
    throw new UsageError(
      `it works on ${axes.length} of ${view.dims.length} axes; Heddle does so for height and width, or the steps of a sequence.`,
    )
  }
  const consumers = reader.graph.consumersOf(reader.node.outputs[0]!)
  const keepdims = keepsAxes && !consumers.every(opType => FLATTENING.has(opType))
  const kind = `global${rule}Pooling${axes.length}d` as 'globalMaxPooling2d'
  const node = reader.builder.add({ kind, keepdims }, [reader.builder.arrange(view, [...axes, kept[0]!])])
  const shape = reader.builder.shapeOf(node)
  const own = keepdims ? viewOf(node, shape, [...axes, kept[0]!]) : viewOf(node, shape, [0])
  const channels = own.dims[keepdims ? kept[0]! : 0]!
  const dims = keepsAxes ? view.dims.map((_, axis) => (axis === kept[0] ? channels : [])) : [channels]
  return flowing({ ...own, dims }, { isPositive: isPositive ?? false })
}
