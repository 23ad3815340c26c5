import { didYouMean, UsageError, within } from '../base/errors.ts'
import { show } from '../base/schema.ts'
import { holds } from './condition.ts'
import { cellsOf, type Distribution, distributions, unitOf } from './distributions/index.ts'
import { branchesOf, type Space } from './space.ts'
import { valueKey } from './value.ts'

/** Upper limit: with more parameters than this a search cannot separate their effects. */
const MOST_PARAMETERS = 64
/** Upper limit for combinations of the values that conditions name. */
const MOST_COMBINATIONS = 1000

/** Reads a space from JSON that may come from anywhere. Throws a `UsageError` that names the parameter and says what is wrong with it. */
export function parseSpace(value: unknown, path: string): Space {
  const example = 'such as { learningRate: logUniform(1e-4, 1e-1) }'
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path} must name parameters, ${example}, not ${show(value)}.`)
  const entries = Object.entries(value)
  if (entries.length === 0) throw new UsageError(`${path} is empty. Name at least one parameter, ${example}.`)
  if (entries.length > MOST_PARAMETERS) {
    throw new UsageError(
      `${path} has ${entries.length} parameters, at most ${MOST_PARAMETERS} are possible. Fix some of them in the experiment.`,
    )
  }
  for (const [name] of entries) checkName(name, path)
  const parsed = entries.map(([name, given]) => [name, parseDistribution(given, `${path}: ${name}`)])
  const space: Space = Object.freeze(Object.fromEntries(parsed))
  within(path, () => checkConditions(space))
  return space
}

function parseDistribution(given: unknown, path: string): Distribution {
  if (Array.isArray(given)) {
    throw new UsageError(
      `${path}: a list is not a distribution. Write choice([…]), in JSON { "kind": "choice", "values": […] }.`,
    )
  }
  return within(path, () => distributions.parse(given, 'distribution'))
}

/** Names are typed on command lines and shown in tables; a path into the experiment is one, too. */
function checkName(name: string, path: string): void {
  if (/^[A-Za-z][\w.-]{0,199}$/.test(name)) return
  throw new UsageError(
    `${path}: a parameter's name must start with a letter and hold letters, digits, "_", "." or "-", at most 200; not ${show(name)}.`,
  )
}

/** Throws a `UsageError` for conditions that can never hold: on an unknown parameter, a value it does not have, in a circle, or against each other. */
function checkConditions(space: Space): void {
  const named = new Map<string, Set<string>>()
  for (const [name, { when }] of Object.entries(space)) {
    for (const [other, values] of Object.entries(when ?? {})) {
      checkParent(space, name, other)
      const impossible = values.find(value => unitOf(space[other]!, value) === null)
      if (impossible !== undefined) {
        throw new UsageError(
          `${name} is there only if ${other} is ${show(impossible)}, but that is not a value of ${other}. Correct the condition.`,
        )
      }
      named.set(other, new Set([...(named.get(other) ?? []), ...values.map(valueKey)]))
    }
  }
  checkCircles(space)
  const combinations = [...named.values()].reduce((product, { size }) => product * (size + 1), 1)
  if (combinations > MOST_COMBINATIONS) {
    throw new UsageError(
      `the conditions name more than ${MOST_COMBINATIONS} combinations of values. Use fewer conditions, or fewer values in them.`,
    )
  }
  const branches = branchesOf(space)
  for (const [name, { when }] of Object.entries(space)) {
    if (when === null || branches.some(({ values }) => holds(when, values))) continue
    throw new UsageError(
      `the condition of ${name} can never hold, as the conditions of ${Object.keys(when).join(' and ')} exclude it. Correct them.`,
    )
  }
}

function checkParent(space: Space, name: string, other: string): void {
  if (!Object.hasOwn(space, other)) {
    const known = Object.keys(space)
    throw new UsageError(
      `${name} depends on ${show(other)}, which is not a parameter of the space.${didYouMean(other, known)} Parameters: ${known.join(', ')}.`,
    )
  }
  if (cellsOf(space[other]!) !== null) return
  throw new UsageError(
    `${name} depends on ${other}, which is a continuous range, in which a single value never comes up. Depend on a choice or an intRange.`,
  )
}

function checkCircles(space: Space): void {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name]
      throw new UsageError(`conditions go in a circle: ${circle.join(' depends on ')}. Remove one of them.`)
    }
    if (done.has(name)) return
    for (const other of Object.keys(space[name]!.when ?? {})) visit(other, [...path, name])
    done.add(name)
  }
  for (const name of Object.keys(space)) visit(name, [])
}
