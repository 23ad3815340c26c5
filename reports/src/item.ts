import { buildModel, type ExperimentSpec, type Model, UsageError } from 'heddle'
import { didYouMean } from 'heddle/cli'
import type { Origins } from './origins.ts'
import { type Report, type ReportedModel, RUNS, reports } from './reported.ts'

/** A model to reproduce: one that a report prints, or a follow-up of its experiment. */
export interface Item {
  /** `000/1`; `004/dropout` or `003/augmented/model-1` where the report prints nothing about it. */
  readonly id: string
  readonly experiment: ExperimentSpec
  /** Its name in the experiment. */
  readonly model: string
  readonly built: Model
  readonly reported: ReportedModel | null
  /** Where each value of its training comes from. */
  readonly origins: Origins
  /** How often it is trained unless the command says otherwise, with the seeds from 1 on. */
  readonly runs: number
}

/** A report with the names by which some of its models were asked for; all of them where there are none. */
export interface Wanted {
  readonly report: Report
  readonly names: readonly string[]
}

/**
 * Which reports are meant by ids (`000`), experiments (`conv1d-eight`) and models (`000/1`, `conv1d-eight/model-1`).
 * Without a name, all are. Throws a `UsageError` for what no report has.
 *
 * @example
 * selectReports(['002', '000/1']).map(({ report }) => report.id) // ['000', '002']
 */
export function selectReports(ids: readonly string[]): Wanted[] {
  for (const id of ids) {
    const [first = ''] = id.split('/')
    if (!reports.some(report => namesOf(report).includes(first))) {
      const known = reports.flatMap(namesOf)
      throw new UsageError(
        `There is no report "${first}".${didYouMean(first, known)} Reports: ${known.join(', ')}.`,
      )
    }
  }
  return reports
    .map(report => ({ report, names: ids.filter(id => namesOf(report).includes(id.split('/')[0]!)) }))
    .filter(({ names }) => ids.length === 0 || names.length > 0)
}

/** All reports are about images of 28 × 28 pixels. */
const IMAGE_SHAPE = [28, 28, 1]

/** The models of a report in their order: those that it prints, then its experiments' others. */
export function itemsOf({ id, experiments, models, settings }: Report): Item[] {
  const item = (one: Pick<Item, 'id' | 'experiment' | 'model' | 'reported' | 'runs'>): Item => ({
    ...one,
    origins: { ...settings, ...one.reported?.settings },
    built: buildModel(one.experiment.models[one.model]!, IMAGE_SHAPE),
  })
  const printed = models.map(reported => {
    const [experiment] = experiments
    return item({ id: reported.id, experiment, model: reported.model, reported, runs: reported.runs ?? RUNS })
  })
  const others = experiments.flatMap((experiment, i) => {
    const part = i === 0 ? [] : [experiment.name.replace(`${experiments[0].name}-`, '')]
    return Object.keys(experiment.models)
      .filter(model => !printed.some(one => one.experiment === experiment && one.model === model))
      .map(model =>
        item({ id: [id, ...part, model].join('/'), experiment, model, reported: null, runs: RUNS }),
      )
  })
  return [...printed, ...others]
}

/** The items that `names` ask for. Throws a `UsageError` for a model that there is not. */
export function pickItems(items: readonly Item[], { report, names }: Wanted): Item[] {
  const matches = ({ id, experiment, model }: Item, name: string): boolean =>
    [report.id, experiment.name, id, `${experiment.name}/${model}`].includes(name)
  const unknown = names.find(name => !items.some(item => matches(item, name)))
  if (unknown !== undefined) {
    const known = items.map(item => item.id)
    throw new UsageError(
      `Report ${report.id} has no model "${unknown}".${didYouMean(unknown, known)} Models: ${known.join(', ')}.`,
    )
  }
  return names.length === 0 ? [...items] : items.filter(item => names.some(name => matches(item, name)))
}

function namesOf({ id, experiments }: Report): string[] {
  return [id, ...experiments.map(({ name }) => name)]
}
