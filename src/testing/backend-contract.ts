import type { Backend } from '../engine/backend.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { RandomStream } from '../tensor/random.ts'
import { layerCases } from './cases.ts'
import { worstDifference } from './compare.ts'
import { randomStep, runStep } from './step.ts'

/** What a backend computed differently from the plain loops, relative to each array's largest number. */
export interface ContractFinding {
  readonly name: string
  readonly array: string
  readonly difference: number
}

/**
 * Runs random networks around every layer, with odd sizes, strides, groups, single pixels and channels, batches of
 * one and partial batches, and compares outputs and all gradients with the reference loops in float64.
 */
export async function backendContract(
  backend: Backend,
  { count = 12, seed = 1 }: { readonly count?: number; readonly seed?: number } = {},
): Promise<readonly ContractFinding[]> {
  const oracle = referenceBackend({ precision: 'float64' })
  const findings: ContractFinding[] = []
  for (const { name, model, batch } of layerCases({ count, seed })) {
    const stream = new RandomStream(seed).split(name)
    const noise = { key: stream.key, step: 3 }
    // Every other case is a partial batch.
    const batchSize = findings.length % 2 === 0 ? batch : batch + 5
    const step = { ...randomStep(model, { batch, batchSize, seed: stream.key[0] }), noise }
    const [actual, expected] = [await runStep(backend, step), await runStep(oracle, step)]
    const worst = worstDifference(actual, expected)
    findings.push({ name, array: worst.name, difference: worst.difference })
  }
  return findings
}
