import { useId } from 'react'
import './segmented.css'

/**
 * One of two to five values that are all in sight, each under its name or as it is. More values, or values that grow with the store,
 * are a `Choice`.
 */
export function Segmented<V extends string>({
  of,
  value,
  onChange,
  label,
  isLabelShown = false,
  disabled = false,
}: {
  readonly of: Readonly<Record<V, string>> | readonly V[]
  readonly value: V
  readonly onChange: (value: V) => void
  readonly label: string
  /** Whether the name stands above it, as in a form. */
  readonly isLabelShown?: boolean
  readonly disabled?: boolean
}) {
  const name = useId()
  const options = (Array.isArray(of) ? of.map(one => [one, one]) : Object.entries(of)) as [V, string][]
  return (
    <fieldset className={isLabelShown ? 'field segmented-field' : 'segmented-field'} disabled={disabled}>
      <legend className={isLabelShown ? undefined : 'unseen'}>{label}</legend>
      <span className="segmented">
        {options.map(([key, text]) => (
          <label key={key}>
            <input type="radio" name={name} checked={key === value} onChange={() => onChange(key)} />
            <span>{text}</span>
          </label>
        ))}
      </span>
    </fieldset>
  )
}
