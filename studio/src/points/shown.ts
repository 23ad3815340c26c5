import { type ChartEvents, tipOf as lookOfTip } from '../charts/chart.tsx'
import type { Palette } from '../charts/palette.ts'
import type { Axis } from './axes.ts'

/** What charts over axes draw: runs, or the trials of a search. In all charts the same ones have the same colours. */
export interface Shown<T> {
  readonly items: readonly T[]
  /** What one is called in sentences. */
  readonly noun: 'run' | 'trial'
  readonly parameters: readonly Axis<T>[]
  readonly objectives: readonly Axis<T>[]
  /** The objective that goes from bad to good. */
  readonly value: Axis<T>
  /** The name of an item in a chart, which a click on it has. */
  readonly keyOf: (item: T) => string
  readonly isBest: (item: T) => boolean
  readonly isChosen: (item: T) => boolean
  /** Where a search began. */
  readonly isStart: (item: T) => boolean
  /** Trained to its end. */
  readonly isWhole: (item: T) => boolean
  readonly colorOf: (item: T) => string
  /** Over what is said beside the pointer. */
  readonly caption: (item: T) => string
  readonly on: ChartEvents
  readonly palette: Palette
}

/** An item in a few words, for what appears beside the pointer: nodes, so that no name is read as HTML. */
function tipOf<T>({ objectives, parameters, caption }: Shown<T>, item: T): HTMLElement {
  const table = document.createElement('table')
  table.createCaption().textContent = caption(item)
  for (const { id, title, at, text } of [...objectives, ...parameters].slice(0, MOST_LINES)) {
    const place = at(item)
    if (place === null) continue
    const row = table.insertRow()
    row.dataset.axis = id
    row.insertCell().textContent = title
    row.insertCell().textContent = text(place)
  }
  return table
}

const MOST_LINES = 16

/** How charts show what is under the pointer. */
export function tooltipOf<T>(shown: Shown<T>, itemOf: (event: never) => T | undefined): object {
  const { palette } = shown
  return {
    trigger: 'item',
    ...lookOfTip(palette),
    formatter: (event: never) => {
      const item = itemOf(event)
      return item === undefined ? '' : tipOf(shown, item)
    },
  }
}

/** In the order in which they are drawn: what stands out is over the others. */
export function bestLast<T, P extends { readonly item: T }>({ isBest }: Shown<T>, points: readonly P[]): P[] {
  return [...points].sort((a, b) => Number(isBest(a.item)) - Number(isBest(b.item)))
}

/** The mark of an item among others: its sign says what it is, also without colours. */
export function markOf<T>(shown: Shown<T>, item: T): object {
  const { palette } = shown
  const [isBest, isChosen, isStart] = [shown.isBest(item), shown.isChosen(item), shown.isStart(item)]
  const hue = shown.colorOf(item)
  return {
    symbol: isBest ? 'diamond' : isStart ? 'rect' : 'circle',
    symbolSize: isBest ? 13 : isChosen || isStart ? 9 : 7,
    z: isBest ? 5 : 3,
    itemStyle: {
      color: shown.isWhole(item) ? hue : palette.surface,
      borderColor: isChosen ? palette.text : hue,
      borderWidth: isChosen ? 2.5 : 1.5,
    },
  }
}
