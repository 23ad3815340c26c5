import { HeddleError, UsageError } from '../../base/errors.ts'
import { LruCache } from '../../base/lru.ts'
import { mean } from '../../base/maths.ts'
import { epochMeasures, testMeasures } from '../../nn/metrics/index.ts'
import { importanceFields } from '../../protocol/requests.ts'
import type { RunImportance, RunParameters } from '../../protocol/studio.ts'
import type { ParameterValue, ParameterValues } from '../../protocol/study.ts'
import { storedRun } from '../../runs/stored.ts'
import { importanceOf } from '../../search/importance.ts'
import { observedSpace } from '../../search/observed.ts'
import { placesOf } from '../../search/places.ts'
import { valueKey } from '../../search/value.ts'
import type { Run } from '../../store/rows.ts'
import type { RunStore } from '../../store/store.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** Configurations whose options are kept: reading them again takes a millisecond each. */
const MOST_KEPT = 20_000
/** Longer lists are no value that a person compares. */
const MOST_LETTERS = 60

/** What a run is measured by besides its metrics; less is better. */
const costs: Readonly<Record<string, (run: Run) => number | null>> = {
  seconds: run => run.seconds,
  params: run => run.params,
}

/** The options of runs as numbers and names, for charts of runs over them. */
export function parameterRoutes(app: Api, { store }: StudioContext): void {
  const known = new LruCache<ParameterValues>(MOST_KEPT)
  const parametersOf = (run: Run): Promise<ParameterValues> =>
    known.get(run.configuration, () => readParameters(store, run))

  app.get('/parameters', async (): Promise<RunParameters> => {
    const runs = new Map((await store.list({ place: 'any' })).map(run => [run.configuration, run]))
    const all = new Map<string, ParameterValues>()
    for (const [configuration, run] of runs) all.set(configuration, await parametersOf(run))
    const names = varying([...all.values()])
    const shown = [...all].map(([configuration, values]) => [configuration, only(values, names)])
    return { names: [...names], configurations: Object.fromEntries(shown) }
  })

  app.post(
    '/importance',
    { schema: { body: importanceFields } },
    async ({ body }): Promise<RunImportance> => {
      const { of, sign } = measureNamed(body.measure)
      const wanted = new Set(body.runs)
      const byConfiguration = new Map<string, { readonly run: Run; readonly values: number[] }>()
      for (const run of await store.list({ place: 'any' })) {
        const value = wanted.has(run.id) ? of(run) : null
        if (value === null || !Number.isFinite(value)) continue
        const one = byConfiguration.get(run.configuration) ?? { run, values: [] }
        one.values.push(value)
        byConfiguration.set(run.configuration, one)
      }
      const measured = []
      for (const { run, values } of byConfiguration.values())
        measured.push({ parameters: await parametersOf(run), losses: [sign * mean(values)] })
      const space = observedSpace(measured.map(({ parameters }) => parameters))
      const found = importanceOf(space, measured, { seed: 0, noun: 'configuration' })
      return { shares: found?.shares ?? [], warning: found?.warning ?? null, configurations: measured.length }
    },
  )
}

function measureNamed(name: string): {
  readonly of: (run: Run) => number | null
  readonly sign: 1 | -1
} {
  if (Object.hasOwn(costs, name)) return { of: costs[name]!, sign: 1 }
  const measure = [...epochMeasures, ...testMeasures].find(one => one.name === name)
  if (!measure)
    throw new UsageError(
      `Runs have no measure ${JSON.stringify(name)}: name a metric such as valAccuracy, seconds or params.`,
    )
  return { of: run => run.metrics[name] ?? null, sign: measure.better === 'less' ? 1 : -1 }
}

/** The parameters of a run that this Heddle can read; without any, charts show the run by what it measured. */
async function readParameters(store: RunStore, run: Run): Promise<ParameterValues> {
  try {
    const { experiment } = await storedRun(store, run)
    const values = placesOf(experiment as never).flatMap(({ names, value, isEntry }) => {
      const own = isEntry ? undefined : scalarOf(value)
      return own === undefined ? [] : [[names.at(-1)!, own] as const]
    })
    return Object.fromEntries(values)
  } catch (error) {
    if (error instanceof HeddleError) return {}
    throw error
  }
}

/** A number, a name or a short list; of a spec such as an optimizer its kind. */
function scalarOf(value: unknown): ParameterValue | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return (value as { readonly kind?: string }).kind
  if (!Array.isArray(value)) return value as ParameterValue
  const text = value.some(one => typeof one === 'object') ? '' : value.join(' × ')
  return text.length > 0 && text.length <= MOST_LETTERS ? text : undefined
}

/** Names that have several values. */
function varying(all: readonly ParameterValues[]): ReadonlySet<string> {
  const first = new Map<string, string>()
  const found = new Set<string>()
  for (const values of all) {
    for (const [name, value] of Object.entries(values)) {
      const key = valueKey(value)
      if (!first.has(name)) first.set(name, key)
      else if (first.get(name) !== key) found.add(name)
    }
  }
  return found
}

function only(values: ParameterValues, names: ReadonlySet<string>): ParameterValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
}
