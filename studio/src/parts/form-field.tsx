import { useId, useState } from 'react'
import type { Form, FormFields } from '../../../src/base/form.ts'
import { Segmented } from '../design/segmented.tsx'
import { Check, Choice } from './controls.tsx'
import './form-field.css'
import { IconButton } from '../design/icon-button.tsx'

export interface FieldProps {
  readonly form: Form
  readonly label: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

/** The form of one option. What is entered is passed on as it is when it is no number: the server says what it should be. */
export function FormField(props: FieldProps) {
  const { form, label, value, onChange } = props
  switch (form.type) {
    case 'boolean':
      return (
        <Check className="field" checked={value === true} onChange={onChange}>
          {label}
        </Check>
      )
    case 'choice':
      if (isShort(form.choices)) {
        return (
          <Segmented label={label} isLabelShown of={form.choices} value={String(value)} onChange={onChange} />
        )
      }
      return (
        <label className="field">
          <span>{label}</span>
          <Choice of={form.choices} value={String(value)} onChange={onChange} />
        </label>
      )
    case 'kinds':
      return <Kinds {...props} form={form} />
    case 'optional':
      if (form.of.type === 'boolean') {
        return (
          <Segmented
            label={label}
            isLabelShown
            of={AUTOMATIC}
            value={`${value}`}
            onChange={text => onChange(JSON.parse(text))}
          />
        )
      }
      return form.of.type === 'kinds' || form.of.type === 'choice' ? (
        <Kinds {...props} form={asKinds(form.of)} none />
      ) : (
        <Typed {...props} form={form.of} placeholder="none" />
      )
    case 'list':
      return <List {...props} of={form.of} />
    default:
      return <Typed {...props} />
  }
}

/** Few words, which have room beside one another. */
const isShort = (choices: readonly string[]): boolean => choices.length <= 4 && choices.join('').length <= 24

const AUTOMATIC: Readonly<Record<string, string>> = { null: 'automatic', true: 'yes', false: 'no' }

const asKinds = (form: Form & { type: 'kinds' | 'choice' }): Form & { type: 'kinds' } =>
  form.type === 'kinds' ? form : { type: 'kinds', kinds: {}, plain: form }

/** Numbers, pairs, texts and JSON: while it is being typed, what is seen is what was typed. */
function Typed({
  form,
  label,
  value,
  onChange,
  placeholder,
  unseen = false,
}: FieldProps & {
  readonly placeholder?: string
  /** Its label stands beside it already. */
  readonly unseen?: boolean
}) {
  const [typed, setTyped] = useState<string | null>(null)
  const isNumber = form.type === 'integer' || form.type === 'number' || form.type === 'pair'
  return (
    <label className={isNumber ? 'field short' : 'field'}>
      <span className={unseen ? 'unseen' : undefined}>{label}</span>
      <input
        value={typed ?? textOf(form, value)}
        inputMode={isNumber ? 'decimal' : undefined}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        onChange={event => {
          setTyped(event.target.value)
          onChange(entered(form, event.target.value, placeholder !== undefined))
        }}
        onBlur={() => setTyped(null)}
      />
    </label>
  )
}

function textOf(form: Form, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (form.type === 'pair' && Array.isArray(value))
    return value[0] === value[1] ? String(value[0]) : value.join(' × ')
  return JSON.stringify(value)
}

function entered(form: Form, text: string, mayBeNull: boolean): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return mayBeNull ? null : text
  if (form.type === 'integer' || form.type === 'number') return numberOr(trimmed)
  if (form.type === 'pair') {
    const parts = trimmed.split(/[\s,x×]+/)
    return parts.length === 2 ? parts.map(numberOr) : numberOr(trimmed)
  }
  if (form.type !== 'json') return text
  try {
    return JSON.parse(trimmed)
  } catch {
    return text
  }
}

/** Half of a number is a text still. */
const numberOr = (text: string): number | string =>
  /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text

/** A kind, and the options of that kind. */
function Kinds({
  form,
  label,
  value,
  onChange,
  none = false,
}: FieldProps & { readonly form: Form & { type: 'kinds' }; readonly none?: boolean }) {
  const id = useId()
  const { kinds, plain } = form
  const names = [...new Set([...(plain?.type === 'choice' ? plain.choices : []), ...Object.keys(kinds)])]
  const isSpec = typeof value === 'object' && value !== null
  const spec = (isSpec ? value : {}) as Readonly<Record<string, unknown>>
  const kind = isSpec ? String(spec.kind) : typeof value === 'string' && names.includes(value) ? value : ''
  const fields = kinds[kind]
  const isNumber = plain !== undefined && plain.type !== 'choice'
  const [isOpen, setOpen] = useState(false)
  const isUsual = (name: string): boolean => name === 'learningRate' || isTold(fields![name]!, spec[name])
  const isShown = (name: string): boolean => isOpen || isUsual(name)
  const hasMore = fields !== undefined && !Object.keys(fields).every(isUsual)
  return (
    <div className="field kinds">
      <label htmlFor={id}>{label}</label>
      <span className="row">
        {isNumber && !isSpec && <Typed form={plain} label={label} value={value} onChange={onChange} unseen />}
        <select
          id={id}
          value={kind}
          onChange={event => {
            const next = event.target.value
            if (next === '') onChange(none ? null : isNumber ? 0.001 : undefined)
            else
              onChange(
                kinds[next] && !(plain?.type === 'choice' && plain.choices.includes(next) && !isSpec)
                  ? defaultsOf(next, kinds[next])
                  : next,
              )
          }}
        >
          {(none || isNumber || kind === '') && (
            <option value="">{none ? 'none' : isNumber ? 'constant' : 'choose …'}</option>
          )}
          {names.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </span>
      {isSpec && fields && <Fields fields={fields} value={spec} onChange={onChange} only={isShown} />}
      {isSpec && hasMore && (
        <button type="button" className="plain more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'less' : 'more …'}
        </button>
      )}
    </div>
  )
}

/** Whether an option is worth a place: it must be given, or is not as it usually is. */
export function isTold({ required, fallback }: FormFields[string], value: unknown): boolean {
  return required || JSON.stringify(value) !== JSON.stringify(fallback)
}

/** A kind with its options as they are unless changed; what is required is left to the user. */
export function defaultsOf(
  kind: string,
  fields: FormFields,
): { readonly kind: string; readonly [name: string]: unknown } {
  const given = Object.entries(fields).filter(([, { fallback }]) => fallback !== undefined)
  return { kind, ...Object.fromEntries(given.map(([name, { fallback }]) => [name, fallback])) }
}

/** The options of a spec, one after the other. */
export function Fields({
  fields,
  value,
  onChange,
  only = () => true,
}: {
  readonly fields: FormFields
  readonly value: Readonly<Record<string, unknown>>
  readonly onChange: (value: Readonly<Record<string, unknown>>) => void
  readonly only?: (name: string) => boolean
}) {
  return (
    <div className="fields">
      {Object.entries(fields)
        .filter(([name]) => only(name))
        .map(([name, { form }]) => (
          <FormField
            key={name}
            form={form}
            label={name}
            value={value[name]}
            onChange={next => onChange({ ...value, [name]: next })}
          />
        ))}
    </div>
  )
}

/** Specs with their options, or names. */
function List({ of, label, value, onChange }: FieldProps & { readonly of: Form }) {
  const items = Array.isArray(value) ? (value as readonly (string | { readonly kind: string })[]) : []
  const kinds = of.type === 'kinds' ? of.kinds : {}
  const names = of.type === 'choice' ? of.choices.filter(name => !items.includes(name)) : Object.keys(kinds)
  const replace = (index: number, item: unknown): void =>
    onChange(items.map((old, i) => (i === index ? item : old)))
  const add = (name: string): void => onChange([...items, kinds[name] ? defaultsOf(name, kinds[name]) : name])
  return (
    <fieldset className="field list">
      <legend>{label}</legend>
      {items.map((item, i) => {
        const name = typeof item === 'string' ? item : item.kind
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item has no other name than its place.
          <div className="item" key={i}>
            <strong>{name}</strong>
            {i > 0 && (
              <IconButton
                icon="up"
                label={`Move ${name} up`}
                onClick={() => onChange(items.with(i, items[i - 1]!).with(i - 1, item))}
              />
            )}
            <IconButton
              icon="close"
              label={`Remove ${name}`}
              onClick={() => onChange(items.filter((_, other) => other !== i))}
            />
            {typeof item !== 'string' && (
              <Fields fields={kinds[name] ?? {}} value={{ ...item }} onChange={next => replace(i, next)} />
            )}
          </div>
        )
      })}
      <select aria-label={`Add to ${label}`} value="" onChange={event => add(event.target.value)}>
        <option value="">add …</option>
        {names.map(name => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </fieldset>
  )
}
