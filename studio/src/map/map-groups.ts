import type { ImageMap } from '../../../src/protocol/explanations.ts'
import type { LegendEntry } from '../charts/legend.tsx'
import type { Palette } from '../charts/palette.ts'

/** By what points have their colour. */
export const colorings = { label: 'Label', prediction: 'Prediction', correctness: 'Mistakes' } as const
export type Coloring = keyof typeof colorings

/** The groups of a map's points, and the group of each point by its key. */
export interface Grouping {
  readonly entries: readonly LegendEntry[]
  readonly of: readonly string[]
}

/** Groups the points of a map; groups without a point are left out. Ten colours differ, after which they come again. */
export function groupsOf(
  map: Pick<ImageMap, 'labels' | 'predicted'>,
  classNames: readonly string[],
  { coloring, palette }: { readonly coloring: Coloring; readonly palette: Palette },
): Grouping {
  const { labels, predicted } = map
  if (coloring === 'correctness') {
    const of = labels.map((label, i) => (label === predicted[i] ? 'right' : 'wrong'))
    const entry = (key: string, name: string, color: string): LegendEntry => ({
      ...{ key, name, color },
      detail: String(of.filter(one => one === key).length),
    })
    return {
      entries: [entry('right', 'Correct', palette.worst), entry('wrong', 'Mistakes', palette.bad)],
      of,
    }
  }
  const classes = coloring === 'label' ? labels : predicted
  const counts = new Map<number, number>()
  for (const k of classes) counts.set(k, (counts.get(k) ?? 0) + 1)
  const entries = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([k, n]) => ({
      key: String(k),
      name: classNames[k] ?? `Output ${k}`,
      detail: String(n),
      color: palette.series[k % palette.series.length]!,
    }))
  return { entries, of: classes.map(String) }
}
