import { useState } from 'react'
import { count } from '../../../src/base/text.ts'
import type { Choices, NodeFacts } from '../../../src/protocol/studio.ts'
import { TextField } from '../parts/controls.tsx'
import { defaultsOf, FormField, isTold } from '../parts/form-field.tsx'
import { short } from '../parts/format.ts'
import { copyOf, type DraftLayer, moved, withLayer } from './draft.ts'

export interface LayerListProps {
  readonly layers: readonly DraftLayer[]
  readonly facts: readonly NodeFacts[]
  readonly choices: Choices
  readonly onChange: (layers: readonly DraftLayer[]) => void
}

const roles: readonly (readonly [role: string, name: string])[] = [
  ['weights', 'With weights'],
  ['pooling', 'Pooling'],
  ['activation', 'Activation'],
  ['normalization', 'Normalisation'],
  ['dropout', 'Dropout'],
  ['noise', 'Noise'],
  ['shape', 'Shape'],
  ['scaling', 'Scaling'],
  ['merge', 'Joining'],
]

/** The network, layer by layer: what each is, and what follows from it. */
export function LayerList({ layers, facts, choices, onChange }: LayerListProps) {
  const change = (index: number, layer: DraftLayer): void =>
    onChange(layers.map((old, i) => (i === index ? layer : old)))
  return (
    <ol className="layers">
      {layers.map((layer, i) => (
        <LayerRow
          key={layer.key}
          {...{ layer, choices }}
          facts={facts[i] ?? {}}
          onChange={next => change(i, next)}
          onCopy={() => onChange(copyOf(layers, i, choices.layers[layer.layer.kind]?.className ?? 'layer'))}
          onRemove={layers.length > 1 ? () => onChange(layers.filter((_, other) => other !== i)) : undefined}
          onUp={i > 0 ? () => onChange(moved(layers, i, i - 1)) : undefined}
          onDown={i < layers.length - 1 ? () => onChange(moved(layers, i, i + 1)) : undefined}
        />
      ))}
      <li className="add">
        <select
          aria-label="Add a layer"
          value=""
          onChange={event => onChange(withLayer(layers, event.target.value, choices))}
        >
          <option value="">Add a layer …</option>
          <KindOptions choices={choices} />
        </select>
      </li>
    </ol>
  )
}

function KindOptions({ choices }: { readonly choices: Choices }) {
  return roles.map(([role, name]) => (
    <optgroup key={role} label={name}>
      {Object.entries(choices.layers)
        .filter(([, layer]) => layer.role === role)
        .map(([kind, { className }]) => (
          <option key={kind} value={kind}>
            {className}
          </option>
        ))}
    </optgroup>
  ))
}

function LayerRow({
  layer: { key, name, layer, inputs },
  facts,
  choices,
  onChange,
  onCopy,
  onRemove,
  onUp,
  onDown,
}: {
  readonly layer: DraftLayer
  readonly facts: NodeFacts
  readonly choices: Choices
  readonly onChange: (layer: DraftLayer) => void
  readonly onCopy: () => void
  readonly onRemove: (() => void) | undefined
  readonly onUp: (() => void) | undefined
  readonly onDown: (() => void) | undefined
}) {
  const [isOpen, setOpen] = useState(false)
  const { fields, joins } = choices.layers[layer.kind]!
  const isInline = (option: string): boolean =>
    option === 'activation' || isTold(fields[option]!, layer[option])
  const set = (option: string, value: unknown): void =>
    onChange({ key, name, inputs, layer: { ...layer, [option]: value } })
  const options = Object.keys(fields).filter(option => isOpen || isInline(option))
  const hasMore = Object.keys(fields).some(option => !isInline(option))
  return (
    <li className={facts.error ? 'layer wrong' : 'layer'} aria-label={`Layer ${name}`}>
      <div className="layer-what">
        <select
          aria-label={`Kind of ${name}`}
          className="kind"
          value={layer.kind}
          onChange={event => {
            const kind = event.target.value
            onChange({ key, name, inputs, layer: keptOptions(layer, kind, choices) })
          }}
        >
          <KindOptions choices={choices} />
        </select>
        <span className="tools">
          <Tool label={`Move ${name} up`} sign="↑" onClick={onUp} />
          <Tool label={`Move ${name} down`} sign="↓" onClick={onDown} />
          <Tool label={`Copy ${name}`} sign="copy" onClick={onCopy} />
          <Tool label={`Remove ${name}`} sign="×" onClick={onRemove} />
        </span>
      </div>
      <div className="fields layer-options">
        {options.map(option => (
          <FormField
            key={option}
            form={fields[option]!.form}
            label={option}
            value={layer[option]}
            onChange={value => set(option, value)}
          />
        ))}
        {(joins || inputs !== null || isOpen) && (
          <TextField
            label="reads"
            value={inputs?.join(', ') ?? ''}
            placeholder="the layer before"
            onChange={text => {
              const names = text.trim() === '' ? null : text.split(/[,\s]+/)
              onChange({ key, name, layer, inputs: names })
            }}
          />
        )}
        {isOpen && (
          <TextField
            label="name"
            value={name}
            onChange={text => onChange({ key, name: text, layer, inputs })}
          />
        )}
        {(hasMore || isOpen) && (
          <button
            type="button"
            className="plain more"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'less' : 'more …'}
          </button>
        )}
      </div>
      <Facts facts={facts} name={name} />
      {facts.error && (
        <p className="wrong-text" role="alert">
          {facts.error}
        </p>
      )}
    </li>
  )
}

function Tool({ label, sign, onClick }: { label: string; sign: string; onClick: (() => void) | undefined }) {
  return (
    <button
      type="button"
      className="plain"
      aria-label={label}
      title={label}
      disabled={!onClick}
      onClick={onClick}
    >
      {sign}
    </button>
  )
}

/** Another kind keeps what it has in common with the one before. */
function keptOptions(layer: DraftLayer['layer'], kind: string, choices: Choices): DraftLayer['layer'] {
  const { fields } = choices.layers[kind]!
  const kept = Object.entries(layer).filter(([option]) => Object.hasOwn(fields, option))
  const [fresh] = withLayer([], kind, choices)
  return { ...fresh!.layer, ...defaultsOf(kind, fields), ...fresh!.layer, ...Object.fromEntries(kept), kind }
}

function Facts({ facts, name }: { readonly facts: NodeFacts; readonly name: string }) {
  const { outputShape, parameterCount, multiplyAdds, receptiveField } = facts
  const isKnown = outputShape !== undefined
  const known: readonly (readonly [name: string, text: string | undefined])[] = [
    ['output', outputShape?.join(' × ')],
    ['parameters', isKnown ? count(parameterCount!) : undefined],
    ['multiply-adds', isKnown ? short(multiplyAdds!) : undefined],
    ['sees', receptiveField?.join(' × ')],
  ]
  return (
    <dl className="layer-facts" aria-label={`What follows for ${name}`}>
      {known.map(([what, text = '–']) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
