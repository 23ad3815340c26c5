import type { FormEvent, ReactNode } from 'react'
import './form-field.css'

/** A box to tick, and what it is for. */
export function Check({
  checked,
  onChange,
  className = '',
  disabled = false,
  children,
}: {
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly className?: string
  readonly disabled?: boolean
  readonly children: ReactNode
}) {
  return (
    <label className={`${className} check`.trim()}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.target.checked)}
      />
      {children}
    </label>
  )
}

/** One of several values, each under its name or as it is; `label` names the choice where no text stands beside it. */
export function Choice<V extends string>({
  of,
  value,
  onChange,
  label,
}: {
  readonly of: Readonly<Record<V, string>> | readonly V[]
  readonly value: V
  readonly onChange: (value: V) => void
  readonly label?: string
}) {
  const options = Array.isArray(of) ? of.map(name => [name, name]) : Object.entries<string>(of)
  return (
    <select aria-label={label} value={value} onChange={event => onChange(event.target.value as V)}>
      {options.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** A text under its name, as in a form. */
export function TextField({
  label,
  value,
  placeholder,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly onChange: (value: string) => void
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input value={value} placeholder={placeholder} onChange={event => onChange(event.target.value)} />
    </label>
  )
}

/** Attributes of a field for the index of an image, in a form whose `onSubmit` is `onIndex(…)`. */
export const indexField = {
  name: 'index',
  inputMode: 'numeric',
  pattern: '\\d+',
  autoComplete: 'off',
} as const

export function onIndex(take: (index: number) => void): (event: FormEvent<HTMLFormElement>) => void {
  return event => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('index')).trim()
    if (/^\d+$/.test(text)) take(Number(text))
  }
}
