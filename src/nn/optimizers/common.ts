import { UsageError } from '../../base/errors.ts'
import { boolean, integer, later, number, type Options, optional, type Values } from '../../base/schema.ts'
import type { Clip } from '../../ops/clip.ts'
import type { UpdateExtras } from '../../ops/update.ts'

/** Options of every optimizer: what is done to gradients before a step, and to weights after it. */
export const commonFields = {
  /** Cut each number of a gradient to [−clipValue, clipValue]; above 0. Default null. */
  clipValue: later(optional(number(undefined, { min: 0 }))),
  /** Scale the gradient of each parameter so that its norm √Σg² is at most this; above 0. Default null. */
  clipNorm: later(optional(number(undefined, { min: 0 }))),
  /** Scale all gradients by one factor so that the norm of all together is at most this; above 0. Default null. */
  globalClipNorm: later(optional(number(undefined, { min: 0 }))),
  /** End with a moving average of the weights, which is also what is measured after each epoch. Default false. */
  useEma: later(boolean(false)),
  /** How much of the average each step keeps, from 0 to 1. Default 0.99. */
  emaMomentum: later(number(0.99, { min: 0, max: 1 })),
  /** Every this many steps the weights become their average; `null`: only what is measured and kept. Default null. */
  emaOverwriteFrequency: later(optional(integer())),
}

export interface CommonOptions extends Options<typeof commonFields> {}
export type CommonValues = Values<typeof commonFields>

const clips = { clipValue: 'value', clipNorm: 'norm', globalClipNorm: 'globalNorm' } as const

/** Throws a `UsageError` for two ways to clip at once, and for a limit of 0, which would stop all learning. */
export function checkCommon(spec: CommonValues & { readonly kind: string }): void {
  const given = clipOptions(spec)
  if (given.length > 1) {
    throw new UsageError(`${spec.kind}: ${given.join(' and ')} do not go together. Give one of them.`)
  }
  const zero = given.find(name => spec[name] === 0)
  if (zero) throw new UsageError(`${spec.kind}: ${zero} must be a number above 0, not 0.`)
}

/** What the update does besides its rule. */
export function extrasOf(spec: CommonValues): UpdateExtras {
  const [name] = clipOptions(spec)
  const clip: Clip | null = name ? { by: clips[name], limit: spec[name]! } : null
  return { ...(clip && { clip }), ...(spec.useEma && { averages: true as const }) }
}

/** The share of update number `step`, the first being 0, that goes into the average, and 1 if the weights become the average. */
export function averageCoefficients(
  { useEma, emaMomentum, emaOverwriteFrequency }: CommonValues,
  step: number,
): readonly [share: number, overwrites: number] {
  if (!useEma) return [0, 0]
  const overwrites = emaOverwriteFrequency !== null && (step + 1) % emaOverwriteFrequency === 0
  return [step === 0 ? 1 : 1 - emaMomentum, Number(overwrites)]
}

function clipOptions(spec: CommonValues): (keyof typeof clips)[] {
  return (Object.keys(clips) as (keyof typeof clips)[]).filter(name => spec[name] !== null)
}
