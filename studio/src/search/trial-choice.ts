import { setQuery } from '../router.tsx'

/** The trials that stand out in every chart: `?select=3,17`. */
export function selectedIn(query: URLSearchParams): ReadonlySet<number> {
  const numbers = query.get('select')?.match(/\d+/g) ?? []
  return new Set(numbers.map(Number))
}

export function selectTrials(trials: readonly number[], isOn: boolean): void {
  const before = selectedIn(new URL(location.href).searchParams)
  const after = isOn ? new Set([...before, ...trials]) : [...before].filter(other => !trials.includes(other))
  setQuery({ select: [...after].join(',') })
}

/** A click on what is drawn of a trial chooses it; another one lets it go. Its `name` in the chart is its number. */
export function chosenTrial({ name }: { readonly name?: string }): void {
  if (!/^\d+$/.test(name ?? '')) return
  const trial = Number(name)
  selectTrials([trial], !selectedIn(new URL(location.href).searchParams).has(trial))
}
