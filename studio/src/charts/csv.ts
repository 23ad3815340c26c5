interface Series {
  readonly name?: string
  readonly type?: string
  readonly data?: readonly unknown[]
  /** The names of all numbers of a point, where they are not x and y. */
  readonly dimensions?: readonly string[]
}

interface Named {
  readonly name?: string
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]

/**
 * The numbers of a chart, from the option that it is drawn by: a row for each point. A line is its series and its axes; a line of
 * parallel coordinates has a column for each of its axes.
 *
 * @example
 * csvOf({ xAxis: { name: 'step' }, yAxis: {}, series: [{ name: 'a', data: [[1, 0.5]] }] })
 * // 'series,step,y\na,1,0.5\n'
 */
export function csvOf(option: Readonly<Record<string, unknown>>): string {
  const axes = listOf(option.parallelAxis as Named | readonly Named[] | undefined)
  const [x, y] = [option.xAxis, option.yAxis].map(axis => listOf(axis as Named | Named[])[0]?.name)
  const series = listOf(option.series as Series | readonly Series[] | undefined)
  const rows = series.flatMap(({ name = '', type, data = [], dimensions }) =>
    data.map(point => {
      const { value, name: own } = isNamed(point) ? point : { value: point, name: undefined }
      return [
        own ?? name,
        ...(type === 'custom' || dimensions ? listOf(value) : listOf(value).slice(0, axes.length || 2)),
      ]
    }),
  )
  const isBand = series.some(({ type }) => type === 'custom')
  const dimensions = series.find(one => one.dimensions)?.dimensions
  const own = [x || 'x', y || 'y', ...(isBand ? ['high'] : [])]
  const titles = axes.length > 0 ? axes.map(({ name = '' }) => name) : (dimensions ?? own)
  return [['series', ...titles], ...rows].map(row => `${row.map(cellOf).join(',')}\n`).join('')
}

const isNamed = (point: unknown): point is { readonly value: unknown; readonly name?: string } =>
  typeof point === 'object' && point !== null && 'value' in point

function cellOf(value: unknown): string {
  const text = value === null || value === undefined || Number.isNaN(value) ? '' : String(value)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
