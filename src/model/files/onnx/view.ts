import { type Shape, sizeOf } from '../../../base/shape.ts'

/** A part of an axis, with a size of at least 2. Two parts of equal size are different objects: compare them with `===`. */
export interface Atom {
  readonly size: number
}

/**
 * How a tensor of ONNX lies in the output of a node of Heddle. Axes are cut into pieces, which stand in one order in the
 * tensor and in another one in Heddle: channels first there and last here. Transpositions and reshapes change the view alone.
 */
export interface View {
  readonly node: string
  /** Heddle's, of one example. */
  readonly shape: Shape
  /** All pieces as they lie in Heddle's output. */
  readonly stored: readonly Atom[]
  /** The axes of the tensor without its batch; an axis of 1 has no pieces. */
  readonly dims: readonly (readonly Atom[])[]
}

/** The order of axes: axis `i` in Heddle is axis `order[i]` of the tensor, without its batch. */
export type Order = readonly number[]

/** Axes in the order of the tensor. */
export const plainOrder = (rank: number): Order => Array.from({ length: rank }, (_, axis) => axis)
/** Channels, the first axis of the tensor, last. */
export const channelsLast = (rank: number): Order => [...plainOrder(rank).slice(1), 0]

/** The view of an output whose axes are those of a tensor in `order`. */
export function viewOf(node: string, shape: Shape, order: Order): View {
  const atoms = shape.map(size => (size > 1 ? [{ size }] : []))
  const dims = order.map((_, axis) => atoms[order.indexOf(axis)]!)
  return { node, shape, stored: atoms.flat(), dims }
}

export function dimSize(atoms: readonly Atom[]): number {
  return sizeOf(atoms.map(({ size }) => size))
}

/** The sizes of a tensor without its batch. */
export function sizesOf({ dims }: View): readonly number[] {
  return dims.map(dimSize)
}

/** The pieces in an order of axes. */
export function atomsIn({ dims }: View, order: Order): readonly Atom[] {
  return order.flatMap(axis => dims[axis]!)
}

/** Whether Heddle's output has its numbers in this order of axes already. */
export function liesIn(view: View, order: Order): boolean {
  return atomsIn(view, order).every((atom, i) => atom === view.stored[i])
}

/** The order of axes in which a tensor lies; `null`: none, since the pieces of two axes are mixed. */
export function naturalOrder(view: View): Order | null {
  const place = (axis: number): number => {
    const [first] = view.dims[axis]!
    return first ? view.stored.indexOf(first) : -1
  }
  const plain = plainOrder(view.dims.length)
  const candidates = [plain, channelsLast(view.dims.length), plain.toSorted((a, b) => place(a) - place(b))]
  return candidates.find(order => liesIn(view, order)) ?? null
}

/** The same numbers with other axes; `null`: their borders do not fall between pieces, whatever way these are cut. */
export function reshapedView(view: View, sizes: readonly number[]): View | null {
  let stored = view.stored
  const queue = view.dims.flat()
  const dims: Atom[][] = []
  for (const size of sizes) {
    const atoms: Atom[] = []
    let left = size
    while (left > 1) {
      const atom = queue.shift()
      if (!atom) return null
      if (left % atom.size === 0) {
        atoms.push(atom)
        left /= atom.size
        continue
      }
      if (atom.size % left !== 0) return null
      const [outer, inner] = [{ size: left }, { size: atom.size / left }]
      stored = stored.flatMap(one => (one === atom ? [outer, inner] : [one]))
      atoms.push(outer)
      queue.unshift(inner)
      left = 1
    }
    dims.push(atoms)
  }
  return queue.length === 0 ? { ...view, stored, dims } : null
}

/** How pieces get into another order: neighbours that stay together are one axis of a permutation. */
export function permutationOf(
  stored: readonly Atom[],
  wanted: readonly Atom[],
): { readonly shape: Shape; readonly axes: readonly number[] } {
  const places = wanted.map(atom => stored.indexOf(atom))
  const runs: number[][] = []
  for (const place of places) {
    const last = runs.at(-1)
    if (last && last.at(-1) === place - 1) last.push(place)
    else runs.push([place])
  }
  const inOrder = runs.toSorted((a, b) => a[0]! - b[0]!)
  const shape = inOrder.map(run => sizeOf(run.map(place => stored[place]!.size)))
  return { shape, axes: runs.map(run => inOrder.indexOf(run)) }
}
