import { useEffect, useMemo, useState } from 'react'
import { count, plural } from '../../../src/base/text.ts'
import type { DataPage } from '../../../src/protocol/data.ts'
import type { Checked, Choices, Job, Template } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import {
  type NewRun,
  newRunOf,
  nodesOf,
  revived,
  seedsOf,
  trainFor,
  validationOptions,
} from '../new-run/draft.ts'
import { ExperimentFiles } from '../new-run/experiment-files.tsx'
import { LayerList } from '../new-run/layer-list.tsx'
import { Queue } from '../new-run/queue.tsx'
import { useGet } from '../parts/use-get.ts'
import '../new-run/new-run.css'
import { Skeleton } from '../design/skeleton.tsx'
import { Choice, TextField } from '../parts/controls.tsx'
import { Fields } from '../parts/form-field.tsx'
import { short } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { useSent } from '../parts/use-sent.ts'
import { type Place, setQuery } from '../router.tsx'

const KEPT = 'heddle-new-run'
/** The server is asked when typing pauses. */
const PAUSE_MS = 120

/** `/new`, `/new?from=3f9a`: put a training together, see what follows, start it. */
export function NewRunView({ place }: { readonly place: Place }) {
  const from = place.query.get('from')
  const choices = useGet<Choices>('/choices')
  const template = useGet<Template>(from ? `/runs/${encodeURIComponent(from)}/template` : null)
  if (choices.error) return <Problem error={choices.error} onRetry={choices.reload} />
  if (template.error) return <Problem error={template.error} onRetry={template.reload} />
  if (!choices.data || (from && !template.data)) return <Skeleton label="Loading …" rows={16} />
  return (
    <Editor
      key={from}
      choices={choices.data}
      from={templateOf(template.data, place)}
      onLoaded={choices.reload}
    />
  )
}

/** What to start from, and with `rate=lower` a tenth of its learning rate. */
function templateOf(template: Template | null, { query }: Place): Template | null {
  if (!template || query.get('rate') !== 'lower') return template
  const optimizer = template.train.optimizer as { readonly learningRate?: unknown }
  const { learningRate } = optimizer
  if (typeof learningRate !== 'number') return template
  const lower = { ...optimizer, learningRate: +(learningRate / 10).toPrecision(6) }
  return { ...template, train: { ...template.train, optimizer: lower } }
}

function Editor({
  choices,
  from,
  onLoaded,
}: {
  readonly choices: Choices
  readonly from: Template | null
  readonly onLoaded: () => void
}) {
  const [run, setRun] = useState<NewRun>(() => {
    const kept = sessionStorage.getItem(KEPT)
    return from ? newRunOf(from) : kept ? revived(kept) : newRunOf(choices.templates[0]!)
  })
  useEffect(() => sessionStorage.setItem(KEPT, JSON.stringify(run)), [run])
  const data = useGet<DataPage>(`/data/${encodeURIComponent(run.data)}`)
  const ownValidation = data.data?.counts.validation ?? 0
  const asked = useMemo(() => ({ ...run, train: trainFor(run.train, ownValidation) }), [run, ownValidation])
  // What is right depends on the data: until it is known there is nothing to check.
  const { checked, error, isChecking } = useCheck(data.data ? asked : null)
  const change = (part: Partial<NewRun>): void => setRun({ ...run, ...part })
  return (
    <div className="columns new-run">
      <h1 className="unseen">New run</h1>
      <section className="model" aria-label="Network">
        <div className="strip model-head">
          <Templates
            choices={choices}
            onChoose={template => {
              setQuery({ from: undefined, rate: undefined })
              setRun({ ...newRunOf(template), seeds: run.seeds })
            }}
          />
          <p className="quiet total" aria-live="polite">
            {checked
              ? `${checked.inputShape.join(' × ')} → ${plural(checked.classNames.length, 'class', 'classes')} · ${count(checked.parameterCount)} parameters · ${short(checked.multiplyAdds)} multiply-adds`
              : 'Looking …'}
          </p>
        </div>
        <ExperimentFiles files={choices.files} onLoaded={onLoaded} />
        <LayerList
          layers={run.layers}
          facts={checked?.nodes ?? []}
          choices={choices}
          onChange={layers => change({ layers })}
        />
      </section>
      <aside className="stack">
        <Training {...{ run, choices, checked, ownValidation }} onChange={change} />
        <Problem error={data.error} onRetry={data.reload} />
        <Problem error={error} />
        <AdviceList checked={checked} />
        <Start run={asked} checked={checked} isChecking={isChecking} />
        <Queue />
      </aside>
    </div>
  )
}

/** What the server says of it; the answer to what was there before stays until the next one. */
function useCheck(run: NewRun | null) {
  const body = useMemo(
    () =>
      run &&
      JSON.stringify({
        ...{ data: run.data, nodes: nodesOf(run.layers), train: run.train },
        pretrained: run.pretrained ?? null,
      }),
    [run],
  )
  const { data, error, of } = useLoaded(
    body,
    signal => send<Checked>('POST', '/check', JSON.parse(body!), signal),
    { pauseMs: PAUSE_MS },
  )
  return { checked: data, error, isChecking: of !== body }
}

function Templates({ choices, onChoose }: { choices: Choices; onChoose: (template: Template) => void }) {
  const experiments = [...new Set(choices.templates.map(({ experiment }) => experiment))]
  return (
    <select
      aria-label="Start from"
      value=""
      onChange={event => onChoose(choices.templates[Number(event.target.value)]!)}
    >
      <option value="">Start from …</option>
      {experiments.map(experiment => (
        <optgroup key={experiment} label={experiment}>
          {choices.templates.map((template, i) =>
            template.experiment === experiment ? (
              <option key={template.model} value={i}>
                {template.model}
              </option>
            ) : null,
          )}
        </optgroup>
      ))}
    </select>
  )
}

/** What is changed often; the rest is behind `more`. */
const usual = ['optimizer', 'loss', 'epochs', 'batchSize', 'validationSplit', 'augmentation']

function Training({
  run,
  choices,
  checked,
  ownValidation,
  onChange,
}: {
  readonly run: NewRun
  readonly choices: Choices
  readonly checked: Checked | null
  /** Validation images that the data has itself. */
  readonly ownValidation: number
  readonly onChange: (part: Partial<NewRun>) => void
}) {
  const set = (train: NewRun['train']): void => onChange({ train })
  const isOpen = (name: string): boolean => ownValidation === 0 || !validationOptions.includes(name)
  const datasets = choices.datasets.includes(run.data) ? choices.datasets : [run.data, ...choices.datasets]
  return (
    <section className="card training" aria-label="Training">
      <div className="fields">
        <label className="field">
          <span>data</span>
          <Choice of={datasets} value={run.data} onChange={data => onChange({ data })} />
        </label>
        <TextField
          label="experiment"
          value={run.experiment}
          onChange={experiment => onChange({ experiment })}
        />
        <TextField label="model" value={run.model} onChange={model => onChange({ model })} />
      </div>
      <Fields
        fields={choices.train}
        value={run.train}
        onChange={set}
        only={name => usual.includes(name) && isOpen(name)}
      />
      {ownValidation > 0 && (
        <p className="quiet" role="note">
          {run.data} has {plural(ownValidation, 'validation image')} of its own: each epoch is measured on
          them. The options {validationOptions.join(', ')} choose others, and are left out.
        </p>
      )}
      <details>
        <summary>More options</summary>
        <Fields
          fields={choices.train}
          value={run.train}
          onChange={set}
          only={name => !usual.includes(name) && isOpen(name)}
        />
      </details>
      {Object.entries(checked?.train ?? {}).map(([name, error]) => (
        <p className="wrong-text" role="alert" key={name}>
          {error}
        </p>
      ))}
    </section>
  )
}

/** What `heddle doctor` says of it. */
function AdviceList({ checked }: { readonly checked: Checked | null }) {
  if (!checked) return null
  return (
    <section className="stack advice" aria-label="Advice">
      {checked.error && (
        <p className="wrong-text" role="alert">
          {checked.error}
        </p>
      )}
      {checked.advice.map(({ rule, severity, layer, message, fix, why }) => (
        <details key={`${rule} ${layer}`} className={severity}>
          <summary>
            <strong>{severity}</strong> {message}
          </summary>
          <p>{fix}</p>
          <p className="quiet">
            {why} <span className="mono">{rule}</span>
          </p>
        </details>
      ))}
    </section>
  )
}

function Start({
  run,
  checked,
  isChecking,
}: {
  readonly run: NewRun
  readonly checked: Checked | null
  readonly isChecking: boolean
}) {
  const [seeds, setSeeds] = useState(run.seeds)
  const [started, setStarted] = useState(0)
  const { isBusy, error, sent } = useSent()
  const list = seedsOf(seeds)
  const isSound =
    checked !== null &&
    checked.error === null &&
    Object.keys(checked.train).length === 0 &&
    checked.nodes.every(node => !node.error)
  const start = (): void => {
    setStarted(0)
    const { experiment, model, data, layers, train, pretrained = null } = run
    const body = { experiment, model, data, nodes: nodesOf(layers), train, pretrained, seeds: list }
    sent(send<Job[]>('POST', '/jobs', body).then(jobs => setStarted(jobs.length)))
  }
  return (
    <form
      className="card strip start"
      onSubmit={event => {
        event.preventDefault()
        start()
      }}
    >
      <TextField label="seeds" value={seeds} placeholder="1, 2, 3 or 1-5" onChange={setSeeds} />
      <button type="submit" className="main" disabled={!isSound || isChecking || list === null || isBusy}>
        {list && list.length > 1 ? `Start ${list.length} runs` : 'Start'}
      </button>
      {list === null && <p className="wrong-text">Seeds are whole numbers: 1, 2, 3 or 1-5.</p>}
      <Problem error={error} />
      {started > 0 && <p role="status">{plural(started, 'run')} queued.</p>}
    </form>
  )
}
