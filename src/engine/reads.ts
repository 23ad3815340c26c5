import type { Group } from './fuse.ts'
import type { LoweredOp } from './lower.ts'

/** Which values of its forward pass a group reads going backward: the others need no memory by then. */
export interface Reads {
  input(group: Group, index: number): boolean
  output(group: Group): boolean
}

/** For plain loops: all of them. */
export const readsAll: Reads = { input: () => true, output: () => true }

/** Ops whose input's gradient is made of that of the output alone. */
const linear: ReadonlySet<LoweredOp['kind']> = new Set([
  'affine',
  'averagePooling',
  'concatenate',
  'dropout',
  'gaussianNoise',
  'padding',
  'permute',
  'resize',
])

/** For the kernels of `native/`. */
export const readsOfKernels: Reads = {
  input([head], index) {
    if (head.kind === 'merge') return ['product', 'maximum'].includes(head.attributes.rule)
    // What a normalisation adds to its input comes second.
    return head.kind === 'batchNormalization' ? index === 0 : !linear.has(head.kind)
  },
  output([head, ...epilogue]) {
    if (head.kind === 'convolution' || head.kind === 'dense' || head.kind === 'merge')
      return epilogue.length > 0
    // A rectifier behind a normalisation is computed again, unless something was added before it.
    return head.kind === 'batchNormalization' ? epilogue.length > 1 : !linear.has(head.kind)
  },
}
