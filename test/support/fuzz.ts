import { expect } from 'vitest'
import { HeddleError } from '../../src/base/errors.ts'
import { RandomStream } from '../../src/base/random.ts'
import { Dice } from '../../src/testing/dice.ts'

/** How many inputs a fuzz test tries. `node scripts/fuzz.mjs` asks for more than the usual number. */
export function fuzzInputs(usual: number): number {
  return Number(process.env.FUZZ ?? usual)
}

/** Whether `work` ends with a `HeddleError` of less than `longest` characters; any other error fails the test. */
export async function isRefused(work: () => unknown, longest: number): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    expect(error.message.length).toBeLessThan(longest)
    expect(error.message).not.toMatch(/defect/)
    return true
  }
}

interface Fuzz {
  readonly inputs: number
  readonly seed: number
  /** Characters of a message. */
  readonly longest: number
}

/** How many of the random inputs that `work` draws are refused in words. */
export async function refusals(
  work: (dice: Dice) => unknown,
  { inputs, seed, longest }: Fuzz,
): Promise<number> {
  const dice = new Dice(new RandomStream(seed))
  let refused = 0
  for (let i = 0; i < inputs; i++) if (await isRefused(() => work(dice), longest)) refused++
  return refused
}
