import { RandomStream } from '../base/random.ts'
import type { Backend } from '../engine/backend.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { layerCases } from './cases.ts'
import { relativeDifference, type StepValues, worstDifference } from './compare.ts'
import { foldableCases } from './foldable-cases.ts'
import { randomStep, runInference, runStep, type StepCase } from './step.ts'
import { tiledCases } from './tiled-cases.ts'

/** What a backend computed differently from the plain loops, relative to each array's largest number. */
export interface ContractFinding {
  readonly name: string
  readonly array: string
  readonly difference: number
}

/** Remembers what the plain loops make of the contract's cases: for several backends they compute it once. */
export class ContractOracle {
  readonly #made = new Map<string, Promise<unknown>>()

  once<T>(name: string, make: (loops: Backend) => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make(referenceBackend({ precision: 'float64' }))
    this.#made.set(name, made)
    return made as Promise<T>
  }
}

/**
 * Runs random networks around every layer, with odd sizes, strides, groups, single pixels and channels, batches of
 * one and partial batches, and compares outputs and all gradients with the reference loops in float64; and what the
 * networks predict as programs that only go forward, with and without their normalisations folded.
 */
export async function backendContract(
  backend: Backend,
  {
    count = 12,
    seed = 1,
    oracle = new ContractOracle(),
  }: { readonly count?: number; readonly seed?: number; readonly oracle?: ContractOracle } = {},
): Promise<readonly ContractFinding[]> {
  const findings: ContractFinding[] = []
  const cases = [...layerCases({ count, seed }), ...tiledCases({ count: Math.ceil(count / 4), seed })]
  for (const [i, { name, model, batch }] of cases.entries()) {
    const stream = new RandomStream(seed).split(name)
    const noise = { key: stream.key, step: 3 }
    // Every other case is a partial batch.
    const batchSize = i % 2 === 0 ? batch : batch + 5
    const step = { ...randomStep(model, { batch, batchSize, seed: stream.key[0] }), noise }
    const key = `${count} ${seed} ${i} ${name}`
    const expected = await oracle.once(key, loops => runStep(loops, step))
    const compare = (actual: StepValues, against: StepValues): void => {
      const worst = worstDifference(actual, against)
      findings.push({ name, array: worst.name, difference: worst.difference })
    }
    compare(await runStep(backend, step), expected)
    findings.push(...(await inferenceFindings(backend, name, step, oracle, key)))
    if (model.parameterCount === 0) continue
    // As in training, where a backend may take another way through the first layer.
    const actual = await runStep(backend, { ...step, inputGradient: false })
    compare(actual, { ...expected, inputGradient: new Float32Array(0) })
  }
  for (const [i, { name, model, batch }] of foldableCases({ count: 3 * count, seed }).entries()) {
    const key = `${count} ${seed} foldable ${i} ${name}`
    const step = randomStep(model, { batch, seed })
    findings.push(...(await inferenceFindings(backend, name, step, oracle, key)))
  }
  return findings
}

async function inferenceFindings(
  backend: Backend,
  name: string,
  step: StepCase,
  oracle: ContractOracle,
  key: string,
): Promise<readonly ContractFinding[]> {
  const expected = await oracle.once(`${key}, forward only`, loops =>
    runInference(loops, step, { fold: false }),
  )
  const findingOf = async (array: string, fold: boolean): Promise<ContractFinding> => ({
    name,
    array,
    difference: relativeDifference(await runInference(backend, step, { fold }), expected),
  })
  return [await findingOf('outputs, forward only', false), await findingOf('outputs, folded', true)]
}
