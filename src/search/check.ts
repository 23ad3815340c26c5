import { HeddleError, UsageError } from '../base/errors.ts'
import { listOf } from '../base/text.ts'
import type { DatasetParts } from '../data/dataset.ts'
import type { DataSource } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { buildNamed } from '../model/build-named.ts'
import type { ModelSpec } from '../model/graph.ts'
import { epochMeasures } from '../nn/metrics/index.ts'
import type { ParameterValues } from '../protocol/study.ts'
import { needsOf } from '../train/callbacks/monitor.ts'
import { checkEngine } from '../train/check-engine.ts'
import { type Plan, type PlannedSides, planSides, planTraining } from '../train/plan.ts'
import { cornersOf } from './corners.ts'
import { valueAt } from './distributions/index.ts'
import { assignments, attempt } from './experiment-of.ts'
import type { Search } from './search.ts'
import { pointOf } from './space.ts'
import { valueKey } from './value.ts'
import { checkYardstick, OtherYardstick, type Yardstick, yardstickOf } from './yardstick.ts'

/** What a search was checked at, before its first trial. */
export interface Checked {
  /** The number of points. */
  readonly points: number
  /** They are all combinations of the ends of ranges and of the values of choices; see `cornersOf`. */
  readonly isComplete: boolean
  /** What the user should know of the data, from the first plan. */
  readonly notices: readonly string[]
}

/**
 * Checks before the first trial that the corners of the space are experiments which can be trained: each builds its model for the
 * images of its data, and plans the training; all of them measure the objectives on the same images. `load` is asked for one data source
 * after the other. `backend` compiles the programs. Throws an error that names the parameters whose values are not possible, and the layer.
 *
 * @example
 * const mine = search({
 *   experiment: { name: 'wide', data: fashionMnistMini(), train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 } },
 *   space: { units: intRange(16, 128), learningRate: logUniform(1e-4, 1e-1) },
 *   model: ({ units }) => sequential([flatten(), dense({ units }), dense({ units: 10, activation: 'softmax' })]),
 * })
 * const { points } = await checkSearch(mine, source => loadDataset(source))
 * points // 4
 */
export async function checkSearch(
  search: Search,
  load: (source: DataSource) => Promise<DatasetParts>,
  backend?: Backend,
): Promise<Checked> {
  const { seed, space, start } = search.spec
  // One data source at a time: images are large.
  let current: {
    readonly key: string
    readonly data: DatasetParts
    readonly sides: Map<string, PlannedSides>
  }
  let yardstick: Yardstick | undefined
  const planOf = async (point: ParameterValues): Promise<Plan<DatasetParts>> => {
    const { data: source, models, train: spec } = search.experimentOf(point)
    const [[name, model]] = Object.entries(models) as [[string, ModelSpec]]
    const key = valueKey(source)
    if (current?.key !== key) current = { key, data: await load(source), sides: new Map() }
    const { data, sides } = current
    const { validationSplit, stratify, validationData } = spec
    // To split 60,000 images takes longer than all the rest.
    const splitting = valueKey([validationSplit, stratify, validationData])
    const split = sides.get(splitting) ?? planSides(spec, data, seed)
    sides.set(splitting, split)
    const plan = planTraining(buildNamed(name, model, data.imageShape), data, { spec, seed, sides: split })
    checkObjectives(search, plan)
    const own = yardstickOf(plan, search.spec.objective)
    yardstick ??= own
    checkYardstick(yardstick, own)
    return plan
  }
  const { points, isComplete } = cornersOf(space)
  let sound: ParameterValues | null = null
  let bad: ParameterValues | null = null
  let notices: readonly string[] = []
  const programs = new Map<string, Plan<DatasetParts>>()
  for (const point of bySource(search, start ? [start, ...points] : points)) {
    const plan = await failing(() => planOf(point))
    if (plan instanceof HeddleError) bad ??= point
    else {
      if (sound === null) [sound, notices] = [point, plan.notices]
      programs.set(kindsOf(plan), plan)
    }
    if (bad && sound) break
  }
  if (bad === null) {
    if (backend) for (const plan of programs.values()) checkEngine(plan, backend)
    return { points: points.length, isComplete, notices }
  }
  const causes = sound ? await causesOf(search, { bad, sound, planOf }) : { values: bad, named: [] }
  // Its message names the parameter already.
  search.experimentOf(causes.values)
  const error = (await failing(() => planOf(causes.values))) as HeddleError
  if (causes.named.length === 0) throw error
  if (error instanceof OtherYardstick) {
    const names = causes.named.map(([name]) => name)
    const [what, it] = names.length === 1 ? ['a parameter', 'it'] : ['parameters', 'each of them']
    throw new UsageError(
      `${listOf(names)} cannot be ${what} of this search: ${error.message} Give ${it} one value in the experiment.`,
      { cause: error },
    )
  }
  throw new UsageError(`${assignments(causes.named)} cannot be trained. ${error.message}`, { cause: error })
}

/** What an engine that was built for another Heddle may not have. */
function kindsOf({ model, spec: { loss, optimizer } }: Plan<DatasetParts>): string {
  const layers = new Set(model.layers.map(({ className }) => className))
  return JSON.stringify([[...layers].toSorted(), loss.kind, optimizer.kind])
}

/** Points with the same data one after the other. */
function bySource({ experimentOf }: Search, points: readonly ParameterValues[]): readonly ParameterValues[] {
  const sourceOf = (point: ParameterValues): string => {
    const experiment = attempt(() => experimentOf(point))
    return experiment instanceof HeddleError ? '' : valueKey(experiment.data)
  }
  return points
    .map(point => ({ point, source: sourceOf(point) }))
    .toSorted((a, b) => a.source.localeCompare(b.source))
    .map(({ point }) => point)
}

/** The result of `work`, or the error of it that a user can act on. */
async function failing<T>(work: () => Promise<T>): Promise<T | HeddleError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HeddleError) return error
    throw error
  }
}

/** The parameters that make a point fail: each of its others can have the value of a sound point. */
async function causesOf(
  { spec: { space } }: Search,
  {
    bad,
    sound,
    planOf,
  }: {
    readonly bad: ParameterValues
    readonly sound: ParameterValues
    readonly planOf: (point: ParameterValues) => Promise<unknown>
  },
): Promise<{ readonly values: ParameterValues; readonly named: readonly (readonly [string, unknown])[] }> {
  const kept = new Set(Object.keys(bad))
  const point = (): ParameterValues =>
    pointOf(space, (name, distribution) => {
      const from = Object.hasOwn(sound, name) && !kept.has(name) ? sound : bad
      // In neither, if its condition holds with values of both.
      return Object.hasOwn(from, name) ? from[name]! : valueAt(distribution, 0.5)
    })
  for (const name of Object.keys(bad)) {
    kept.delete(name)
    if (!((await failing(() => planOf(point()))) instanceof HeddleError)) kept.add(name)
  }
  const values = point()
  return { values, named: [...kept].flatMap(name => (name in values ? [[name, values[name]] as const] : [])) }
}

/** Throws a `UsageError` for an objective that the training does not measure. */
function checkObjectives({ spec }: Search, plan: Plan<DatasetParts>): void {
  for (const name of spec.objective) {
    const measure = epochMeasures.find(one => one.name === name)
    if (!measure) continue
    const isMeasured = plan.measuring.metrics.some(metric => metric.name === measure.metric.name)
    const { side } = measure
    const hasSide =
      side === 'validation' ? plan.validation !== null : side !== 'remeasured' || plan.spec.evaluateTraining
    if (isMeasured && hasSide) continue
    throw new UsageError(
      `The search chooses by "${name}", which is not measured: give the training ${needsOf(measure)}, or choose by another objective.`,
    )
  }
}
