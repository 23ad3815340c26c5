import { referenceBackend } from '../engine/backends/reference.ts'
import type { Floats } from '../ops/op.ts'
import { relativeDifference } from './compare.ts'
import { openStep, type StepCase } from './step.ts'

const STEP = 1e-5

/**
 * Compares the gradients of a network with central finite differences, (f(x + h) − f(x − h)) / 2h, in float64.
 * Returns the largest difference of each array, relative to its largest gradient; a right layer stays below 1e-6.
 *
 * @example
 * const model = buildModel(sequential([dense({ units: 2 })]), [3])
 * await gradientCheck(randomStep(model, { batch: 2, seed: 1 })) // Map { 'images' => 1e-11, 'dense/kernel' => … }
 */
export async function gradientCheck(step: StepCase): Promise<ReadonlyMap<string, number>> {
  const run = openStep(referenceBackend({ precision: 'float64' }), step)
  const exact = await run(step)
  const scalar = async (changed: StepCase): Promise<number> => {
    const { outputs } = await run(changed)
    let sum = 0
    for (let i = 0; i < outputs.length; i++) sum += outputs[i]! * changed.outputGradient[i]!
    return sum
  }
  const differences = new Map<string, number>()
  const check = async (name: string, analytic: Floats, at: (values: Floats) => StepCase, values: Floats) => {
    const numeric = new Float64Array(values.length)
    for (let i = 0; i < values.length; i++) {
      const moved = (by: number): Floats => {
        const copy = Float64Array.from(values)
        copy[i]! += by
        return copy
      }
      numeric[i] = ((await scalar(at(moved(STEP)))) - (await scalar(at(moved(-STEP))))) / (2 * STEP)
    }
    differences.set(name, relativeDifference(analytic, numeric))
  }
  await check('images', exact.inputGradient, images => ({ ...step, images }), step.images)
  for (const [name, gradient] of exact.gradients) {
    const values = step.parameters.get(name)!
    const at = (changed: Floats): StepCase => ({
      ...step,
      parameters: new Map([...step.parameters, [name, changed]]),
    })
    await check(name, gradient, at, values)
  }
  return differences
}
