import { axisOf } from '../charts/chart.tsx'
import type { Palette } from '../charts/palette.ts'
import { roundRange } from '../charts/round-range.ts'
import { type Axis, type Better, ticksOf, usualSpan } from './axes.ts'
import { bestLast, markOf, type Shown, tooltipOf } from './shown.ts'

export interface ScatterOptions<T> {
  readonly x: Axis<T>
  readonly y: Axis<T>
  /** Left out: as the axis is. */
  readonly logX?: boolean
  readonly logY?: boolean
  /** The range of the y-axis, where several charts have the same one. */
  readonly span?: readonly [number, number] | null
  /** Names at the axes. */
  readonly isNamed?: boolean
}

/** A point for each item that has a place on both axes. */
export function scatterOf<T>(
  shown: Shown<T>,
  { x, y, logX = x.scale === 'log', logY = y.scale === 'log', span, isNamed = false }: ScatterOptions<T>,
) {
  const { items, palette } = shown
  const isThere = (place: number | null, log: boolean): place is number =>
    place !== null && (!log || place > 0)
  const known = bestLast(
    shown,
    items.flatMap(item => {
      const [right, up] = [x.at(item), y.at(item)]
      return isThere(right, logX) && isThere(up, logY) ? [{ item, right, up }] : []
    }),
  )
  const ups = known.map(({ up }) => up)
  const range = span !== undefined ? span : logY ? null : y.better ? usualSpan(ups, y.better) : null
  return {
    known,
    option: {
      grid: isNamed
        ? { left: 58, right: 20, top: 28, bottom: 42 }
        : { left: 46, right: 16, top: 10, bottom: 26 },
      xAxis: {
        ...scaleOf(x, palette, logX),
        splitLine: { show: false },
        ...(isNamed && { name: x.title, nameLocation: 'middle', nameGap: 26 }),
      },
      yAxis: {
        ...(y.better && !logY ? valueAxis(y, palette, range) : scaleOf(y, palette, logY)),
        ...(isNamed && {
          name: y.title,
          nameTextStyle: { color: palette.quiet, fontSize: 11, align: 'left' },
        }),
      },
      tooltip: tooltipOf(shown, (event: { dataIndex: number }) => known[event.dataIndex]?.item),
      series: [
        {
          type: 'scatter',
          data: known.map(({ item, right, up }) => ({
            name: shown.keyOf(item),
            ...markOf(shown, item),
            ...placed([right, up], range, y.better ?? 'higher'),
          })),
        },
      ],
    },
  }
}

/** An axis with the ends and the values of what it shows. */
function scaleOf<T>(axis: Axis<T>, palette: Palette, log: boolean): object {
  const { scale, choices, low, high, better } = axis
  return {
    type: scale === 'choice' ? 'category' : log ? 'log' : 'value',
    ...(choices && { data: [...choices] }),
    ...(low !== null && high !== null && log === (scale === 'log')
      ? endsOf([low, high], log)
      : { scale: true }),
    ...axisOf(palette),
    axisLabel: better
      ? { color: palette.quiet, fontSize: 11, hideOverlap: true, formatter: axis.tick }
      : labelsOf(log && scale !== 'log' ? { ...axis, low: null, high: null } : axis, palette),
  }
}

/** A little beyond the range, so that no point stands on an edge. */
function endsOf([low, high]: readonly [number, number], log: boolean): object {
  const room = log ? (high / low) ** MARGIN : MARGIN * (high - low)
  return log ? { min: low / room, max: high * room } : { min: low - room, max: high + room }
}

const MARGIN = 0.03

/** Numbers that can be read over lines. */
export function labelsOf<T>(axis: Axis<T>, palette: Palette): object {
  const ticks = ticksOf(axis)
  return {
    color: palette.quiet,
    fontSize: 11,
    hideOverlap: true,
    textBorderColor: palette.surface,
    textBorderWidth: 3,
    ...(!axis.choices && { formatter: axis.tick }),
    ...(ticks.length > 0 && { customValues: ticks }),
  }
}

/** The axis of what was measured, over the part of its range that is worth the space. */
export function valueAxis<T>(
  { tick }: Axis<T>,
  palette: Palette,
  span: readonly [number, number] | null,
): object {
  return { type: 'value', scale: true, ...(span && roundRange(...span)), ...axisOf(palette, tick) }
}

/** A point; one that is worse than what is shown stands at the edge, as an arrow. */
export function placed(
  [x, y]: readonly [number, number],
  span: readonly [number, number] | null,
  better: Better,
): object {
  if (!span || (y >= span[0] && y <= span[1])) return { value: [x, y] }
  const isBelow = better === 'higher'
  return {
    value: [x, span[isBelow ? 0 : 1]],
    symbol: 'triangle',
    symbolSize: 8,
    symbolRotate: isBelow ? 180 : 0,
  }
}
