import { clockTime, count, dateOf, megabytes } from '../../base/text.ts'
import { oneLine } from '../../base/visible.ts'
import { epochMeasures, testMeasures } from '../../nn/metrics/index.ts'
import { toJson } from '../../protocol/json.ts'
import { measuredIn, titleOf } from '../../protocol/metric.ts'
import { layersOf } from '../../runs/described.ts'
import { type StoredRun, storedRun } from '../../runs/stored.ts'
import { left, right, table } from '../../show/table.ts'
import type { CheckpointRow, Epoch, Happening } from '../../store/rows.ts'
import { trainOptionText } from '../../train/options.ts'
import { command } from '../command.ts'
import { namedRun, withStore } from '../named-run.ts'
import { jsonOption, runArgument } from '../options.ts'
import { flat, rounded } from './runs-ls.ts'

export default command({
  summary: 'show everything that is recorded about a run',
  args: { run: runArgument },
  options: jsonOption,
  examples: [['heddle runs show last', 'options and their origin, epochs, files']],
  async run({ run: wanted, json }, { terminal }) {
    await withStore(async store => {
      const id = await namedRun(store, wanted)
      const all = {
        run: await store.run(id),
        tags: await store.tags(id),
        ...(await store.detail(id)),
        epochs: (await store.epochs(id)).map(({ run: _, ...epoch }) => epoch),
        steps: (await store.steps(id)).map(({ run: _, ...step }) => step),
        usage: (await store.usage(id)).map(({ run: _, ...row }) => row),
        histograms: await store.histograms(id),
        happenings: (await store.happenings(id)).map(({ at, kind, text }) => ({ at, kind, text })),
        artefacts: (await store.artefacts(id)).map(({ run: _, where, ...artefact }) => ({
          ...artefact,
          path: where,
        })),
        checkpoints: (await store.checkpoints.of(id)).map(({ run: _, ...checkpoint }) => checkpoint),
      }
      if (json) terminal.print(toJson({ ...all, run: flat(all.run), epochs: all.epochs.map(flat) }, 2))
      else terminal.print(pageOf({ ...all, ...(await storedRun(store, all.run)) }, terminal.columns))
    })
  },
})

interface Page extends StoredRun {
  readonly tags: readonly string[]
  readonly epochs: readonly Omit<Epoch, 'run'>[]
  readonly happenings: readonly Pick<Happening, 'at' | 'kind' | 'text'>[]
  readonly artefacts: readonly { readonly name: string; readonly bytes: number; readonly path: string }[]
  readonly checkpoints: readonly Omit<CheckpointRow, 'run'>[]
}

function pageOf(
  { run, tags, model, options, environment, epochs, happenings, artefacts, checkpoints }: Page,
  width: number | undefined,
): string {
  const { backend, cpu, node, version, git, host } = environment
  const code = git
    ? `${git.commit.slice(0, 12)}${git.isDirty ? ', with changes (code.patch)' : ''}`
    : 'in no git repository'
  const tested = measuredIn(testMeasures, [run.metrics])
  const test = tested.map(({ name, metric }) => `${metric.label} ${rounded(run.metrics[name])}`).join(', ')
  const isOpened = artefacts.some(({ name }) => name === 'predictions.safetensors')
  const untested = isOpened
    ? 'opened by its search'
    : run.study
      ? 'sealed, as of every trial of a search'
      : 'not tested'
  const measures = measuredIn(
    epochMeasures,
    epochs.map(({ metrics }) => metrics),
  )
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Model', `${run.experiment}/${run.model}, ${count(run.params)} parameters, seed ${run.seed}`],
    [
      'Status',
      `${run.status}, ${run.epochsDone} of ${run.epochs} epochs${run.seconds === null ? '' : ` in ${clockTime(run.seconds)}`}`,
    ],
    ['Begun', `${dateOf(run.createdAt)}${run.user === null ? '' : ` by ${run.user}`}`],
    ['Test', test || untested],
    ...(run.study ? [['Search', `a trial of ${run.study}`] as [string, string]] : []),
    ['Data', `${run.dataset} ${run.fingerprint.slice(0, 12)}`],
    ['Code', code],
    ['Machine', `${backend} on ${cpu}, ${host}, Node ${node}, Heddle ${version}`],
    ...(tags.length > 0 ? [['Tags', tags.join(', ')] as [string, string]] : []),
    ...(run.note ? [['Note', run.note] as [string, string]] : []),
  ]
  const chosen = options.filter(({ origin }) => origin !== 'default')
  return [
    facts.map(([name, text]) => `${name.padEnd(9)}${oneLine(text)}`).join('\n'),
    table(
      [left('Option'), left('Value'), left('From')],
      chosen.map(({ name, value, origin }) => [name, trainOptionText(name, value), origin]),
      { width },
    ),
    table(
      [left('Layer'), left('Type'), left('Options')],
      layersOf(model).map(({ name, className, options }) => [name, className, options]),
      { width },
    ),
    table(
      [right('Epoch'), ...measures.map(measure => right(titleOf(measure))), right('Seconds')],
      epochs.map(({ epoch, metrics, durationMs }) => [
        String(epoch + 1),
        ...measures.map(({ name }) => rounded(metrics[name])),
        (durationMs / 1000).toFixed(1),
      ]),
    ),
    table(
      [left('When'), left('What'), left('')],
      happenings.map(({ at, kind, text }) => [dateOf(at), kind, text]),
      { width },
    ),
    table(
      [left('File'), right('Size'), left('Where')],
      [
        ...artefacts.map(({ name, bytes, path }) => [name, megabytes(bytes), path]),
        ...checkpoints.map(({ step, bytes }) => [`checkpoint at step ${step}`, megabytes(bytes), '']),
      ],
    ),
  ].join('\n\n')
}
