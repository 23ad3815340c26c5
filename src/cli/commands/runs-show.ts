import { show as shownValue } from '../../base/schema.ts'
import { clockTime, count, dateOf, megabytes } from '../../base/text.ts'
import { oneLine } from '../../base/visible.ts'
import { toJson } from '../../protocol/json.ts'
import { layersOf, type OptionWithOrigin } from '../../runs/described.ts'
import { differences } from '../../runs/diff.ts'
import type { Environment } from '../../runs/environment.ts'
import { table } from '../../show/table.ts'
import type { CheckpointRow, Epoch, Happening, Run } from '../../store/rows.ts'
import { trainOptionText } from '../../train/options.ts'
import { namedRun } from '../named-run.ts'
import { withStore } from '../open-store.ts'
import type { Terminal } from '../terminal.ts'
import { rounded } from './runs.ts'

export interface JsonFlag {
  readonly json?: boolean
}

/** `heddle runs show`: everything that is known of a run. */
export async function show(wanted: string, { json }: JsonFlag, terminal: Terminal): Promise<void> {
  await withStore(async store => {
    const id = await namedRun(store, wanted)
    const run = await store.run(id)
    const detail = await store.detail(id)
    const all = {
      run,
      tags: await store.tags(id),
      ...detail,
      epochs: (await store.epochs(id)).map(({ run: _, ...epoch }) => epoch),
      steps: (await store.steps(id)).map(({ run: _, ...step }) => step),
      happenings: (await store.happenings(id)).map(({ at, kind, text }) => ({ at, kind, text })),
      artefacts: (await store.artefacts(id)).map(({ run: _, where, ...artefact }) => ({
        ...artefact,
        path: where,
      })),
      checkpoints: (await store.checkpoints.of(id)).map(({ run: _, ...checkpoint }) => checkpoint),
    }
    if (json) terminal.print(toJson(all, 2))
    else terminal.print(pageOf(all, terminal.columns))
  })
}

interface Page {
  readonly run: Run
  readonly tags: readonly string[]
  readonly spec: unknown
  readonly options: unknown
  readonly environment: unknown
  readonly epochs: readonly Omit<Epoch, 'run'>[]
  readonly happenings: readonly Pick<Happening, 'at' | 'kind' | 'text'>[]
  readonly artefacts: readonly { readonly name: string; readonly bytes: number; readonly path: string }[]
  readonly checkpoints: readonly Omit<CheckpointRow, 'run'>[]
}

function pageOf(
  { run, tags, spec, options, environment, epochs, happenings, artefacts, checkpoints }: Page,
  width: number | undefined,
): string {
  const { backend, cpu, node, version, git, host } = environment as Environment
  const code = git
    ? `${git.commit.slice(0, 12)}${git.isDirty ? ', with changes (code.patch)' : ''}`
    : 'in no git repository'
  const test =
    run.testAccuracy === null
      ? 'not tested'
      : `accuracy ${rounded(run.testAccuracy)}, loss ${rounded(run.testLoss)}`
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Model', `${run.experiment}/${run.model}, ${count(run.params)} parameters, seed ${run.seed}`],
    [
      'Status',
      `${run.status}, ${run.epochsDone} of ${run.epochs} epochs${run.seconds === null ? '' : ` in ${clockTime(run.seconds)}`}`,
    ],
    ['Test', test],
    ['Data', `${run.dataset} ${run.fingerprint.slice(0, 12)}`],
    ['Code', code],
    ['Machine', `${backend} on ${cpu}, ${host}, Node ${node}, Heddle ${version}`],
    ...(tags.length > 0 ? [['Tags', tags.join(', ')] as [string, string]] : []),
    ...(run.note ? [['Note', run.note] as [string, string]] : []),
  ]
  const chosen = (options as OptionWithOrigin[]).filter(({ origin }) => origin !== 'default')
  const left = (title: string) => ({ title, align: 'left' as const })
  const right = (title: string) => ({ title, align: 'right' as const })
  return [
    facts.map(([name, text]) => `${name.padEnd(9)}${oneLine(text)}`).join('\n'),
    table(
      [left('Option'), left('Value'), left('From')],
      chosen.map(({ name, value, origin }) => [name, trainOptionText(name, value), origin]),
      { width },
    ),
    table(
      [left('Layer'), left('Type'), left('Options')],
      layersOf(spec, run.model).map(({ name, className, options }) => [name, className, options]),
      { width },
    ),
    table(
      [
        right('Epoch'),
        right('Loss'),
        right('Accuracy'),
        right('Val loss'),
        right('Val accuracy'),
        right('Seconds'),
      ],
      epochs.map(({ epoch, loss, accuracy, valLoss, valAccuracy, durationMs }) => [
        String(epoch + 1),
        rounded(loss),
        rounded(accuracy),
        rounded(valLoss),
        rounded(valAccuracy),
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

/** `heddle runs diff`: what is not the same in two runs, side by side. */
export async function diff(a: string, b: string, { json }: JsonFlag, terminal: Terminal): Promise<void> {
  await withStore(async store => {
    const [first, second] = [await namedRun(store, a), await namedRun(store, b)]
    const found = await differences(store, first, second)
    if (json) terminal.print(toJson({ a: first, b: second, differences: found }, 2))
    else if (found.length === 0)
      terminal.print(`${first} and ${second} are the same in everything but their time.`)
    else {
      const left = (title: string) => ({ title, align: 'left' as const })
      const text = (value: unknown): string => {
        if (value === undefined) return ''
        return typeof value === 'number' ? String(Number(value.toPrecision(6))) : shownValue(value)
      }
      const rows = found.map(({ of, name, a: x, b: y }) => [of, name, text(x), text(y)])
      terminal.print(
        table([left(''), left('Differs'), left(first.slice(0, 8)), left(second.slice(0, 8))], rows, {
          width: terminal.columns,
        }),
      )
    }
  })
}
