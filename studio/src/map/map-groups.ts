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

/** Groups the points of a map; groups without a point are left out. If there are many classes, the ten with the most mistakes have a colour. */
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
  const named = namedOf(map, classes, [...counts.keys()])
  const entries = [...named]
    .sort((a, b) => a - b)
    .map((k, i) => ({
      key: String(k),
      name: classNames[k] ?? `Output ${k}`,
      detail: String(counts.get(k)),
      color: palette.series[(counts.size > 2 * MOST_NAMED ? i : k) % palette.series.length]!,
    }))
  const others = counts.size - named.size
  if (others === 0) return { entries, of: classes.map(String) }
  const rest = [...counts].reduce((sum, [k, n]) => (named.has(k) ? sum : sum + n), 0)
  return {
    entries: [
      ...entries,
      { key: OTHERS, name: `${others} other classes`, detail: String(rest), color: palette.worst },
    ],
    of: classes.map(k => (named.has(k) ? String(k) : OTHERS)),
  }
}

/** More colours than this cannot be told apart. */
const MOST_NAMED = 10
const OTHERS = 'others'

/** All classes if they are up to twice as many as there are colours, else those with the most mistakes. */
function namedOf(
  { labels, predicted }: Pick<ImageMap, 'labels' | 'predicted'>,
  classes: readonly number[],
  present: readonly number[],
): ReadonlySet<number> {
  if (present.length <= 2 * MOST_NAMED) return new Set(present)
  const mistakes = new Map(present.map(k => [k, 0]))
  classes.forEach((k, i) => {
    if (labels[i] !== predicted[i]) mistakes.set(k, mistakes.get(k)! + 1)
  })
  const order = [...mistakes].sort(([a, m], [b, n]) => n - m || a - b)
  return new Set(order.slice(0, MOST_NAMED).map(([k]) => k))
}

/** Those of the points that have a colour: the others are hidden. */
export function shownAmong(points: Iterable<number>, colors: readonly (string | null)[]): number[] {
  return [...points].filter(point => colors[point] !== null)
}
