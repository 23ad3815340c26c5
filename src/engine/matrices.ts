import type { UpdateRule } from '../ops/update.ts'
import type { LoweredOp } from './lower.ts'
import type { Program } from './plan.ts'

/** Whether a rule takes the kernel of an op as a matrix, a row for each output. */
export function isMatrix(op: LoweredOp, rule: UpdateRule | undefined): boolean {
  if (rule?.kind !== 'muon' || rule.excludeLayers.some(name => op.layer.startsWith(name))) return false
  return op.kind === 'dense' || (op.kind === 'convolution' && op.attributes.groups === 1)
}

/** The rows of a parameter that is such a matrix; `undefined` for others. */
export function matrixRows(
  { groups, parameters }: Program,
  index: number,
  rule: UpdateRule,
): number | undefined {
  const reads = groups.flatMap(({ ops }) => ops).find(op => op.parameters[0] === index)
  return reads && isMatrix(reads, rule) ? parameters[index]!.shape[0] : undefined
}
