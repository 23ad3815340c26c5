import { show } from '../base/schema.ts'
import { listOf } from '../base/text.ts'
import { type Distribution, unitOf } from './distributions/index.ts'
import type { SearchSpec } from './search.ts'
import { rangeText, type Space } from './space.ts'
import { valueKey } from './value.ts'

/** How the file of a search differs from the search that it is to continue, in words. */
export interface SearchChanges {
  /** What a search can be continued with: a narrower space, other budgets and repeats. */
  readonly allowed: readonly string[]
  /** What makes it another search. */
  readonly refused: readonly string[]
}

/** What may be different at each session. */
const budgets = ['trials', 'minutes', 'repeats'] as const
/** What decides which trials there are, and what they mean. */
const settings = ['model', 'objective', 'sampler', 'scheduler', 'seed'] as const

/**
 * What differs between a search as it was begun and as it is now. A space that has become narrower is no hindrance: trials outside of it
 * stay as they are. The starting point is not compared, as it was asked at the beginning; nor are models that a function makes.
 */
export function differencesOf(before: SearchSpec, now: SearchSpec): SearchChanges {
  const changed = (names: readonly (keyof SearchSpec)[]): string[] =>
    names.flatMap(name => changesIn(before[name], now[name], name))
  const space = spaceChanges(before.space, now.space)
  const models = before.reads || now.reads ? [] : (['models'] as const)
  const parts = ['data', 'train', 'overrides', ...models] as const
  const experiment = parts.flatMap(part => changesIn(before.experiment[part], now.experiment[part], part))
  const code = (before.reads === null) === (now.reads === null)
  return {
    allowed: [...space.allowed, ...changed(budgets)],
    refused: [
      ...(code ? [] : [now.reads ? 'a function now makes the models' : 'a function made the models before']),
      ...experiment,
      ...space.refused,
      ...changed(settings),
    ],
  }
}

/** Every place where two JSON values differ, the innermost ones. */
function changesIn(before: unknown, now: unknown, path: string): string[] {
  if (valueKey(before) === valueKey(now)) return []
  const [a, b] = [before, now].map(value => (typeof value === 'object' && value !== null ? value : null))
  const keys = a && b ? [...new Set([...Object.keys(a), ...Object.keys(b)])] : []
  const isOther = (a as { kind?: unknown } | null)?.kind !== (b as { kind?: unknown } | null)?.kind
  if (!a || !b || isOther || Array.isArray(a) !== Array.isArray(b))
    return [`${path} was ${textOf(before)} and is now ${textOf(now)}`]
  return keys.flatMap(key =>
    changesIn((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`),
  )
}

/** Specs of different kinds by their kinds. */
function textOf(value: unknown): string {
  const { kind } = (value ?? {}) as { readonly kind?: unknown }
  return typeof kind === 'string' ? kind : show(value)
}

function spaceChanges(before: Space, now: Space): SearchChanges {
  const allowed: string[] = []
  const refused: string[] = []
  for (const [name, old] of Object.entries(before)) {
    const next = now[name]
    if (!next) {
      const unreachable = Object.entries(old.when ?? {}).find(
        ([other, values]) => possible(now, other, values).length === 0,
      )
      if (unreachable)
        allowed.push(`${name} is no longer there, as ${unreachable[0]} never has a value for it`)
      else refused.push(`the parameter ${name} is no longer there`)
      continue
    }
    if (valueKey(old) === valueKey(next)) continue
    const condition = Object.entries(old.when ?? {}).map(([other, values]) => [
      other,
      possible(now, other, values),
    ])
    const isSame = valueKey(old.when && Object.fromEntries(condition)) === valueKey(next.when)
    if (!isSame) refused.push(`the condition of ${name} was ${show(old.when)} and is now ${show(next.when)}`)
    else if (isWithin(old, next)) allowed.push(`${name} is narrower: ${rangeText(next)}`)
    else
      refused.push(`${name} has values that it did not have: ${rangeText(next)}; before, ${rangeText(old)}`)
  }
  const added = Object.keys(now).filter(name => !Object.hasOwn(before, name))
  if (added.length > 0) refused.push(`new: ${listOf(added)}`)
  return { allowed, refused }
}

/** Those of some values that a parameter can still have. */
function possible(space: Space, name: string, values: readonly unknown[]): readonly unknown[] {
  const distribution = Object.hasOwn(space, name) ? space[name] : undefined
  return distribution ? values.filter(value => unitOf(distribution, value) !== null) : []
}

/** Whether a distribution has no value that another one lacks. */
function isWithin(outer: Distribution, inner: Distribution): boolean {
  if (inner.kind === 'choice') return inner.values.every(value => unitOf(outer, value) !== null)
  if (outer.kind !== inner.kind) return false
  if (outer.kind === 'intRange' && inner.kind === 'intRange') {
    const fits = inner.step % outer.step === 0 && (inner.low - outer.low) % outer.step === 0
    return fits && outer.log === inner.log && inner.low >= outer.low && inner.high <= outer.high
  }
  return unitOf(outer, inner.low) !== null && unitOf(outer, inner.high) !== null
}
