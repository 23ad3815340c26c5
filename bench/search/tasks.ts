import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { ParameterValues } from '../../src/protocol/study.ts'
import { choice, type Distribution, intRange, uniform } from '../../src/search/distributions/index.ts'
import type { Space } from '../../src/search/space.ts'
import { FUNCTIONS } from './functions.ts'

/** Something to be searched whose best loss is known, so that regret is exact. */
export interface Task {
  readonly name: string
  readonly family: string
  readonly space: Space
  readonly least: number
  lossOf(parameters: ParameterValues): number
}

interface Table {
  readonly family: string
  readonly name: string
  readonly parameters: readonly {
    readonly name: string
    readonly values: readonly (number | string)[]
    readonly isOrdered: boolean
  }[]
  readonly loss: readonly number[]
}

const folder = new URL('../../build/search-tables/', import.meta.url)

/** Every task: continuous functions, and the tables of `tables.py`, ordered parameters by the number of their value. */
export function allTasks(): readonly Task[] {
  if (!existsSync(folder)) {
    throw new Error(
      'There are no tables. Write them first: python bench/search/tables.py build/search-tables',
    )
  }
  const tables = readdirSync(folder)
    .sort()
    .map(file => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Table)
  return [...tables.map(tableTask), ...functionTasks()]
}

function tableTask({ family, name, parameters, loss }: Table): Task {
  const distributions = parameters.map(({ name: parameter, values, isOrdered }): [string, Distribution] => [
    parameter,
    isOrdered ? intRange(0, values.length - 1) : choice(values),
  ])
  return {
    name,
    family,
    space: Object.fromEntries(distributions),
    least: loss.reduce((a, b) => Math.min(a, b)),
    lossOf: chosen =>
      loss[
        parameters.reduce((row, { name: parameter, values, isOrdered }) => {
          const value = chosen[parameter] as number | string
          return row * values.length + (isOrdered ? (value as number) : values.indexOf(value))
        }, 0)
      ]!,
  }
}

function functionTasks(): readonly Task[] {
  return FUNCTIONS.map(({ name, domain, least, at }) => ({
    name,
    family: 'function',
    space: Object.fromEntries(
      domain.map(([low, high], i): [string, Distribution] => [`x${i + 1}`, uniform(low, high)]),
    ),
    least,
    lossOf: chosen => at(domain.map((_, i) => chosen[`x${i + 1}`] as number)),
  }))
}
