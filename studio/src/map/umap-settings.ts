import { MOST_NEIGHBORS, usualUmap } from '../../../src/protocol/explanations.ts'

export type UmapSettings = { readonly [K in keyof typeof usualUmap]: number }

interface Setting {
  readonly key: keyof UmapSettings
  readonly label: string
  readonly title: string
  readonly min: number
  readonly max: number
  readonly step: number
}

export const settings: readonly Setting[] = [
  {
    ...{ key: 'neighbors', label: 'Neighbours', min: 2, max: MOST_NEIGHBORS, step: 1 },
    title: 'How many images each one is kept near to: few show small groups, many show the whole',
  },
  {
    ...{ key: 'minDist', label: 'Least distance', min: 0, max: 1, step: 0.05 },
    title: 'How near points may lie: 0 packs groups, 1 spreads them out',
  },
  {
    ...{ key: 'seed', label: 'Seed', min: 0, max: 999_999, step: 1 },
    title: 'Another seed draws another map of the same neighbours: what both show is in the data',
  },
]

/** The settings in an address; what is no sound number has its usual value. */
export function umapSettingsOf(query: URLSearchParams): UmapSettings {
  const of = ({ key, min, max, step }: Setting): readonly [string, number] => {
    const value = Number(query.get(key) ?? Number.NaN)
    const isSound = value >= min && value <= max && (step < 1 || Number.isInteger(value))
    return [key, isSound ? value : usualUmap[key]]
  }
  return Object.fromEntries(settings.map(of)) as unknown as UmapSettings
}

/** How an address has those that are not usual. */
export function umapQuery(chosen: UmapSettings): string {
  return settings.map(({ key }) => (chosen[key] === usualUmap[key] ? '' : `&${key}=${chosen[key]}`)).join('')
}
