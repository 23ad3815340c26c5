import { UsageError } from '../../../base/errors.ts'
import { MAX_AXIS, sizeOf } from '../../../base/shape.ts'
import { BATCH, type Constant, type Whole } from './constants.ts'
import { type Flowing, flowing, type NodeReader, type ReadOperator } from './node-reader.ts'
import { channelsLast, reshapedView, sizesOf, type View } from './view.ts'

export const shapeOperators: Readonly<Record<string, ReadOperator>> = {
  Shape(reader) {
    const sizes: Whole[] = [BATCH, ...sizesOf(reader.view())]
    const numbers = sizes.slice(reader.int('start', 0), reader.int('end', sizes.length))
    return { kind: 'wholes', dims: [numbers.length], numbers }
  },

  Flatten(reader) {
    const { view, ...more } = reader.flowing()
    const axis = reader.axis(reader.int('axis', 1), view.dims.length + 2)
    const sizes = sizesOf(view)
    // What stands before the axis joins the batch.
    if (axis < 1 || sizeOf(sizes.slice(0, axis - 1)) !== 1)
      throw new UsageError(`its axis is ${axis}, which mixes the examples of a batch.`)
    return { ...more, view: { ...view, dims: [view.dims.flat()] } }
  },

  Reshape(reader) {
    const { view, ...more } = reader.flowing()
    const target = reader.opset < 5 ? null : reader.constant(1)
    const wanted = target?.kind === 'wholes' ? target.numbers : reader.ints('shape')
    if (!wanted) throw new UsageError('its new shape is not fixed. Export the model with a fixed size.')
    const keepsZeros = reader.int('allowzero', 0) === 0
    return { ...more, view: reshaped(reader, view, wholeShape(view, wanted, keepsZeros)) }
  },

  Squeeze(reader) {
    const { view, ...more } = reader.flowing()
    const rank = view.dims.length + 1
    const given = reader.listed('axes', { since: 13, input: 1 })
    const sizes = sizesOf(view)
    const axes =
      given?.map(axis => reader.axis(axis, rank) - 1) ?? sizes.flatMap((n, i) => (n === 1 ? [i] : []))
    if (axes.some(axis => axis < 0 || sizes[axis] !== 1))
      throw new UsageError(`it drops axes of [batch, ${sizes.join(', ')}] that are not 1.`)
    return { ...more, view: { ...view, dims: view.dims.filter((_, axis) => !axes.includes(axis)) } }
  },

  Unsqueeze(reader) {
    const { view, ...more } = reader.flowing()
    const given = reader.listed('axes', { since: 13, input: 1 }) ?? []
    const rank = view.dims.length + 1 + given.length
    const axes = given.map(axis => reader.axis(axis, rank))
    if (axes.includes(0) || new Set(axes).size !== axes.length)
      throw new UsageError('it puts an axis before the batch, or two in one place.')
    const rest = [...view.dims]
    const dims = Array.from({ length: rank - 1 }, (_, i) => (axes.includes(i + 1) ? [] : rest.shift()!))
    return { ...more, view: { ...view, dims } }
  },

  Transpose(reader) {
    const { view, ...more } = reader.flowing()
    const rank = view.dims.length + 1
    const perm = reader.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i)
    const isOrder = perm.length === rank && perm.every((_, i) => perm.includes(i))
    if (!isOrder || perm[0] !== 0)
      throw new UsageError(`its perm is [${perm.join(', ')}], and the batch must stay the first axis.`)
    return { ...more, view: { ...view, dims: perm.slice(1).map(axis => view.dims[axis - 1]!) } }
  },

  Expand(reader) {
    const target = reader.constant(1)
    const sizes = sizesOf(reader.view())
    const wanted = target?.kind === 'wholes' ? target.numbers.slice(1) : []
    if (wanted.length === sizes.length && wanted.every((size, i) => size === 1 || size === sizes[i]))
      return reader.flowing()
    throw new UsageError(`it repeats [batch, ${sizes.join(', ')}] along an axis.`)
  },

  Resize: reader => resized(reader, resizeRule(reader)),
  Upsample: reader =>
    resized(reader, { mode: reader.text('mode', 'nearest'), coordinates: 'asymmetric', nearest: 'floor' }),
}

/** A reshape's target without its batch. */
function wholeShape(view: View, wanted: readonly Whole[], keepsZeros: boolean): readonly number[] {
  const sizes = sizesOf(view)
  const all: readonly (Whole | undefined)[] = wanted.map((size, axis) =>
    size === 0 && keepsZeros ? (axis === 0 ? BATCH : sizes[axis - 1]) : size,
  )
  const [, ...own] = all
  const numbers = own.map(size => (typeof size === 'number' ? size : Number.NaN))
  const total = sizeOf(sizes)
  const open = numbers.indexOf(-1)
  const known = sizeOf(numbers.filter(size => size !== -1))
  const complete = open < 0 ? numbers : numbers.with(open, total / known)
  // The first size is the batch, however it is written, where the others hold one example.
  if (sizeOf(complete) === total && complete.every(size => Number.isSafeInteger(size) && size >= 1))
    return complete
  const text = wanted.map(size => (typeof size === 'number' ? size : 'batch')).join(', ')
  throw new UsageError(
    `it makes [${text}] of [batch, ${sizes.join(', ')}], which mixes the examples of a batch or does not fit.`,
  )
}

/** Other axes over the same numbers; where pieces do not meet, the numbers are first brought into the tensor's order. */
function reshaped(reader: NodeReader, view: View, sizes: readonly number[]): View {
  const direct = reshapedView(view, sizes)
  if (direct) return direct
  const node = reader.builder.arrange({ ...view, dims: [view.dims.flat()] }, [0])
  const dims = sizes.map(size => (size > 1 ? [{ size }] : []))
  return { node, shape: reader.builder.shapeOf(node), stored: dims.flat(), dims }
}

interface ResizeRule {
  readonly mode: string
  readonly coordinates: string
  readonly nearest: string
}

function resizeRule(reader: NodeReader): ResizeRule {
  if (reader.opset < 11)
    return { mode: reader.text('mode', 'nearest'), coordinates: 'asymmetric', nearest: 'floor' }
  reader.only('antialias', 0)
  return {
    mode: reader.text('mode', 'nearest'),
    coordinates: reader.text('coordinate_transformation_mode', 'half_pixel'),
    nearest: reader.text('nearest_mode', 'round_prefer_floor'),
  }
}

/** An image of another size, where ONNX's rule reads the places that Heddle's does. */
function resized(reader: NodeReader, rule: ResizeRule): Flowing {
  const { view, isPositive } = reader.flowing()
  const sizes = sizesOf(view)
  const { wanted, scales } = targetOf(reader, sizes)
  const touched = wanted.flatMap((size, axis) => (size === sizes[axis] ? [] : [axis]))
  const order = touched.every(axis => axis < 2) && touched.includes(0) ? [0, 1, 2] : channelsLast(3)
  if (sizes.length !== 3 || touched.includes(order[2]!))
    throw new UsageError('it changes the size of more than height and width.')
  const interpolation =
    rule.mode === 'nearest'
      ? 'nearest'
      : rule.mode === 'linear' || rule.mode === 'bilinear'
        ? 'bilinear'
        : null
  if (!interpolation)
    throw new UsageError(`its mode is "${rule.mode.slice(0, 50)}", and Heddle has nearest and linear.`)
  if (!wanted.every(size => Number.isSafeInteger(size) && size >= 1 && size <= MAX_AXIS))
    throw new UsageError(`it makes an image of the sizes [${wanted.join(', ')}].`)
  for (const axis of touched) {
    const places = { from: sizes[axis]!, to: wanted[axis]!, scale: scales[axis]! }
    if (!readsSamePlaces(rule, places)) {
      throw new UsageError(
        `it reads other places than Heddle does (${rule.mode}, ${rule.coordinates}${interpolation === 'nearest' ? `, ${rule.nearest}` : ''}, ${places.from} to ${places.to}). Export it with half_pixel coordinates, or a whole factor.`,
      )
    }
  }
  const [height, width] = [wanted[order[0]!]!, wanted[order[1]!]!]
  const node = reader.layer({ kind: 'resizing', height, width, interpolation }, view, order)
  return flowing(node, { isPositive: isPositive ?? false })
}

function targetOf(
  reader: NodeReader,
  sizes: readonly number[],
): { readonly wanted: readonly number[]; readonly scales: readonly number[] } {
  reader.only('keep_aspect_ratio_policy', 'stretch')
  const all = [1, ...sizes]
  const axes = reader.ints('axes')?.map(axis => reader.axis(axis, all.length)) ?? all.map((_, axis) => axis)
  /** A number for each axis but the batch; axes that the node does not name keep their size. */
  const spread = (numbers: readonly Whole[], kept: (axis: number) => number): readonly number[] => {
    if (numbers.length !== axes.length)
      throw new UsageError(`it has ${numbers.length} sizes or scales for ${axes.length} axes.`)
    return sizes.map((_, i) => {
      const value = axes.includes(i + 1) ? numbers[axes.indexOf(i + 1)] : kept(i)
      return typeof value === 'number' ? value : Number.NaN
    })
  }
  const place = reader.opset < 11 ? 1 : 2
  const scaled = reader.node.inputs.length > place ? reader.constant(place) : null
  const given = scaled && isShort(scaled) ? reader.weights(place)!.values() : null
  const listed =
    given ?? (reader.node.opType === 'Upsample' ? Float32Array.from(reader.numbers('scales') ?? []) : null)
  if (listed && listed.length > 0) {
    const scales = spread([...listed], () => 1)
    return { scales, wanted: sizes.map((size, axis) => Math.floor(size * scales[axis]!)) }
  }
  const target = reader.constant(3)
  const wanted = spread(target?.kind === 'wholes' ? target.numbers : [], axis => sizes[axis]!)
  return { wanted, scales: wanted.map((size, axis) => size / sizes[axis]!) }
}

/** A number for each axis; early versions leave the list empty. */
function isShort({ dims }: Constant): boolean {
  return sizeOf(dims) > 0 && sizeOf(dims) <= 8
}

interface Places {
  readonly from: number
  readonly to: number
  readonly scale: number
}

const roundings: ReadonlyMap<string, (x: number) => number> = new Map([
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['round_prefer_floor', (x: number) => Math.ceil(x - 0.5)],
  ['round_prefer_ceil', (x: number) => Math.floor(x + 0.5)],
])

/** Whether every place of an axis is read as Heddle reads it. */
function readsSamePlaces(rule: ResizeRule, { from, to, scale }: Places): boolean {
  const at = (i: number): number => {
    if (rule.coordinates === 'asymmetric') return i / scale
    if (rule.coordinates === 'align_corners') return to === 1 ? 0 : (i * (from - 1)) / (to - 1)
    if (rule.coordinates === 'pytorch_half_pixel' && to === 1) return 0
    return (i + 0.5) / scale - 0.5
  }
  const known = ['asymmetric', 'align_corners', 'pytorch_half_pixel', 'half_pixel']
  if (!known.includes(rule.coordinates)) return false
  const inside = (x: number): number => Math.min(Math.max(x, 0), from - 1)
  return Array.from({ length: to }, (_, i) => i).every(i => {
    if (rule.mode !== 'nearest') return Math.abs(inside(at(i)) - inside(((i + 0.5) * from) / to - 0.5)) < 1e-6
    const round = roundings.get(rule.nearest)
    return round !== undefined && inside(round(at(i))) === Math.floor(((2 * i + 1) * from) / (2 * to))
  })
}
