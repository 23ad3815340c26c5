import { UsageError } from '../../base/errors.ts'
import { type Statistic, statisticOf } from '../../base/maths.ts'
import { integer, oneOf, text } from '../../base/schema.ts'
import { clockTime, count, csvLine, dateOf, listOf, plusMinus } from '../../base/text.ts'
import { oneLine } from '../../base/visible.ts'
import { epochMeasures, testMeasures } from '../../nn/metrics/index.ts'
import { loss } from '../../nn/metrics/loss.ts'
import { toJson } from '../../protocol/json.ts'
import { type Measure, type Measurements, measuredIn, titleOf } from '../../protocol/metric.ts'
import { type Column, left, right, table } from '../../show/table.ts'
import type { Run } from '../../store/rows.ts'
import { type RunFilter, type RunPlace, type RunStore, sortKeys } from '../../store/store.ts'
import { command, on, option } from '../command.ts'
import { withStore } from '../named-run.ts'
import { natural } from '../options.ts'
import { runsWhere, whereOption, whereTest } from '../runs-where.ts'
import type { Terminal } from '../terminal.ts'

const groupings = ['experiment', 'model', 'seed', 'configuration'] as const

const sortNames = [...sortKeys, ...[...epochMeasures, ...testMeasures].map(({ name }) => name)]
const statuses = ['running', 'finished', 'interrupted', 'failed'] as const

export default command({
  summary: 'list the runs of the store (HEDDLE_STORE; default: .heddle), the newest first',
  options: {
    experiment: option(text(), 'only of this experiment'),
    model: option(text(), 'only of this model'),
    seed: option(natural, 'only with this seed'),
    status: option(oneOf(statuses), 'only these'),
    tag: option(text(), 'only with this tag'),
    user: option(text(), 'only those that this user began'),
    where: whereOption,
    search: option(text(), {
      value: 'search',
      help: 'the trials of this search: its name, the first digits of its id, or "last"; "any": all runs, trials too',
    }),
    archive: on('list the runs in the archive instead'),
    bin: on('list the runs in the bin instead'),
    sort: option(oneOf(sortNames), {
      value: 'column',
      help: 'sort by a column, smallest first, such as createdAt, seconds, testAccuracy',
    }),
    reverse: on('the largest first'),
    limit: option(integer(), 'at most n runs'),
    group: option(oneOf(groupings), { value: 'column', help: 'mean ± standard deviation of each' }),
    json: on('print JSON, with every column; times are milliseconds since 1970 (UTC)'),
    csv: on('print CSV, with every column; times as in JSON'),
  },
  examples: [
    ['heddle runs ls', 'all runs'],
    ['heddle runs ls --sort testAccuracy --reverse --limit 5', 'the five best'],
    ["heddle runs ls --where 'valAccuracy > 0.9 and started > yesterday'", 'any condition'],
    ['heddle runs ls --group configuration', 'mean ± standard deviation over the seeds'],
  ],
  async run({ search, archive, bin, reverse, group, json, csv, where, ...given }, { terminal }) {
    if (json && csv) throw new UsageError('Give either --json or --csv, not both.')
    const test = whereTest(where)
    await withStore(async store => {
      const study = search === undefined || search === 'any' ? search : await store.studies.find(search)
      const place = bin ? 'bin' : archive ? 'archive' : 'list'
      const filter: RunFilter = { ...given, study, place, descending: reverse || given.sort === undefined }
      const runs = await runsWhere(store, filter, test)
      const rows = group ? grouped(runs, group) : runs.map(shown)
      if (json) terminal.print(toJson(rows, 2))
      else if (csv) terminal.print(csvOf(rows))
      else if (runs.length === 0) terminal.notice(await emptyText(store, place))
      else
        terminal.print(
          group ? groupTable(rows as Group[], group, terminal.columns) : runTable(runs, terminal.columns),
        )
      if (!group && !json && !csv) noticeFailures(runs, terminal)
      if (study === undefined && where === undefined) await noticeTrials(store, filter, terminal)
    })
  },
})

/** Why runs failed, below their table: a sentence is too long for a column. */
function noticeFailures(runs: readonly Run[], terminal: Terminal): void {
  for (const { id, status, reason } of runs)
    if (status === 'failed' && reason !== null)
      terminal.notice(`${id.slice(0, 8)} failed: ${oneLine(reason)}`)
}

/** A search makes hundreds of runs: they are listed if they are asked for. */
async function noticeTrials(store: RunStore, filter: RunFilter, terminal: Terminal): Promise<void> {
  const trials = (await store.count({ ...filter, study: 'any' })) - (await store.count(filter))
  if (trials === 0) return
  const subject =
    trials === 1
      ? 'One run like these is a trial of a search and is'
      : `${count(trials)} runs like these are trials of searches and are`
  terminal.notice(`${subject} not listed: "heddle runs ls --search any" lists all runs.`)
}

/** Without what concerns the store alone. */
function shown({ owner: _owner, heartbeatAt: _heartbeat, attempt: _attempt, ...run }: Run) {
  return flat(run)
}

/** JSON and CSV have what was measured beside the other facts, by name. */
export function flat<T extends { readonly metrics: Measurements }>({ metrics, ...others }: T) {
  return { ...others, ...metrics }
}

/** What a list shows of what runs have measured: everything of validation and test but the validation's loss. */
function listedMeasures(runs: readonly Run[]): readonly Measure[] {
  const validation = epochMeasures.filter(({ side, metric }) => side === 'validation' && metric !== loss)
  return measuredIn(
    [...validation, ...testMeasures],
    runs.map(({ metrics }) => metrics),
  )
}

function runTable(runs: readonly Run[], width: number | undefined): string {
  const extra = (title: string): Column => ({ title, align: 'right', optional: true })
  const measures = listedMeasures(runs)
  const isShared = new Set(runs.map(({ user }) => user)).size > 1
  return table(
    [
      { ...left('Run'), whole: true },
      { ...left('Made'), optional: true },
      left('Experiment'),
      left('Model'),
      extra('Seed'),
      { ...left('Status'), whole: true },
      ...(isShared ? [left('User')] : []),
      extra('Epochs'),
      ...measures.map(measure => ({ ...extra(titleOf(measure)), optional: measure !== testMeasures[0] })),
      extra('Time'),
    ],
    runs.map(run => [
      run.id.slice(0, 8),
      dateOf(run.createdAt),
      run.experiment,
      run.model,
      String(run.seed),
      run.status,
      ...(isShared ? [run.user ?? ''] : []),
      `${run.epochsDone}/${run.epochs}`,
      ...measures.map(({ name }) => rounded(run.metrics[name])),
      run.seconds === null ? '' : clockTime(run.seconds),
    ]),
    { width },
  )
}

export function rounded(value: number | undefined): string {
  return value?.toFixed(4) ?? ''
}

interface Group {
  readonly of: string
  readonly runs: number
  readonly finished: number
  /** One entry for each measure of the tests, such as `testAccuracy`. */
  readonly [measure: string]: string | number | Statistic
}

function grouped(runs: readonly Run[], key: (typeof groupings)[number]): Group[] {
  const groups = new Map<string, Run[]>()
  for (const run of runs) {
    const name =
      key === 'configuration'
        ? `${run.experiment}/${run.model} ${run.configuration.slice(0, 8)}`
        : String(run[key])
    groups.set(name, [...(groups.get(name) ?? []), run])
  }
  const measures = measuredIn(
    testMeasures,
    runs.map(({ metrics }) => metrics),
  )
  return [...groups].map(([of, members]) => ({
    of,
    runs: members.length,
    finished: members.filter(({ status }) => status === 'finished').length,
    ...Object.fromEntries(
      measures.map(({ name }) => [name, statisticOf(members.flatMap(({ metrics }) => metrics[name] ?? []))]),
    ),
  }))
}

function groupTable(groups: readonly Group[], key: string, width: number | undefined): string {
  const measures = testMeasures.filter(({ name }) => name in groups[0]!)
  return table(
    [
      { title: titleOf({ label: key }), align: 'left' },
      right('Runs'),
      right('Finished'),
      ...measures.map(measure => right(titleOf(measure))),
    ],
    groups.map(group => [
      group.of,
      count(group.runs),
      count(group.finished),
      ...measures.map(({ name }) => plusMinus(group[name] as Statistic)),
    ]),
    { width },
  )
}

function csvOf(rows: readonly object[]): string {
  if (rows.length === 0) return ''
  const keys = [...new Set(rows.flatMap(row => Object.keys(row)))]
  return [keys, ...rows.map(row => keys.map(key => (row as Record<string, unknown>)[key] ?? null))]
    .map(csvLine)
    .join('\n')
}

/** Why a list is empty: no run is as it was asked for, or all of them are in other places. */
async function emptyText(store: RunStore, place: RunPlace): Promise<string> {
  if ((await store.count({ place })) > 0) return `No runs like these in ${store.where}.`
  const others = (['list', 'archive', 'bin'] as const).filter(other => other !== place)
  const counts = await Promise.all(others.map(other => store.count({ place: other })))
  const found = others.flatMap((other, i) => (counts[i]! > 0 ? [`${counts[i]} in the ${other}`] : []))
  const here = place === 'list' ? store.where : `the ${place} of ${store.where}`
  return `No runs in ${here}${found.length > 0 ? `; ${listOf(found)}` : ''}.`
}
