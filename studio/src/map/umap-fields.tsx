import { usualUmap } from '../../../src/protocol/explanations.ts'
import { setQuery } from '../router.tsx'
import { settings, type UmapSettings } from './umap-settings.ts'

/** Fields for the settings of UMAP: a map is asked for when you leave a field, or press Enter in it. */
export function UmapFields({ chosen }: { readonly chosen: UmapSettings }) {
  const take = (key: keyof UmapSettings, field: HTMLInputElement): void => {
    if (!field.checkValidity() || field.value === '') field.value = String(chosen[key])
    else if (Number(field.value) !== chosen[key])
      setQuery({ [key]: Number(field.value) === usualUmap[key] ? undefined : String(Number(field.value)) })
  }
  return settings.map(({ key, label, title, min, max }) => (
    <label key={key} title={title}>
      {label}{' '}
      <input
        key={chosen[key]}
        type="number"
        min={min}
        max={max}
        // Any number of digits: the arrows go by a step of their own.
        step={key === 'minDist' ? 'any' : 1}
        defaultValue={chosen[key]}
        size={5}
        onBlur={event => take(key, event.currentTarget)}
        onKeyDown={event => event.key === 'Enter' && take(key, event.currentTarget)}
      />
    </label>
  ))
}
