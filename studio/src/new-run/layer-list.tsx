import { useState } from 'react'
import { count } from '../../../src/base/text.ts'
import type { Choices, NodeFacts } from '../../../src/protocol/studio.ts'
import { IconButton } from '../design/icon-button.tsx'
import type { IconName } from '../design/icons.tsx'
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
  return (
    <ol className="layers">
      {layers.map((layer, i) => (
        <LayerRow key={layer.key} index={i} {...{ layers, facts, choices, onChange }} />
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
  layers,
  index,
  facts: all,
  choices,
  onChange,
}: LayerListProps & { readonly index: number }) {
  const [isOpen, setOpen] = useState(false)
  const { name, layer, inputs } = layers[index]!
  const facts = all[index] ?? {}
  const { fields, joins, className } = choices.layers[layer.kind]!
  const isInline = (option: string): boolean =>
    option === 'activation' || isTold(fields[option]!, layer[option])
  const change = (part: Partial<DraftLayer>): void =>
    onChange(layers.map((old, i) => (i === index ? { ...old, ...part } : old)))
  const options = Object.keys(fields).filter(option => isOpen || isInline(option))
  const hasMore = Object.keys(fields).some(option => !isInline(option))
  const tools: readonly (readonly [label: string, icon: IconName, next: (() => DraftLayer[]) | false])[] = [
    [`Move ${name} up`, 'up', index > 0 && (() => moved(layers, index, index - 1))],
    [`Move ${name} down`, 'down', index < layers.length - 1 && (() => moved(layers, index, index + 1))],
    [`Copy ${name}`, 'copy', () => copyOf(layers, index, className)],
    [`Remove ${name}`, 'trash', layers.length > 1 && (() => layers.filter((_, i) => i !== index))],
  ]
  return (
    <li className={facts.error ? 'layer wrong' : 'layer'} aria-label={`Layer ${name}`}>
      <div className="layer-what">
        <select
          aria-label={`Kind of ${name}`}
          className="kind"
          value={layer.kind}
          onChange={event => change({ layer: keptOptions(layer, event.target.value, choices) })}
        >
          <KindOptions choices={choices} />
        </select>
        <span className="tools">
          {tools.map(([label, icon, next]) => (
            <IconButton
              key={icon}
              icon={icon}
              label={label}
              disabled={!next}
              onClick={() => next && onChange(next())}
            />
          ))}
        </span>
      </div>
      <div className="fields layer-options">
        {options.map(option => (
          <FormField
            key={option}
            form={fields[option]!.form}
            label={option}
            value={layer[option]}
            onChange={value => change({ layer: { ...layer, [option]: value } })}
          />
        ))}
        {(joins || inputs !== null || isOpen) && (
          <TextField
            label="reads"
            value={inputs?.join(', ') ?? ''}
            placeholder="the layer before"
            onChange={text => change({ inputs: text.trim() === '' ? null : text.split(/[,\s]+/) })}
          />
        )}
        {isOpen && <TextField label="name" value={name} onChange={text => change({ name: text })} />}
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
