import { color } from 'echarts/core'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { ChartCard } from '../charts/chart-card.tsx'
import { type Family, familiesOf } from '../charts/curve-lines.ts'
import { placesOf } from '../charts/family-colors.ts'
import { type Hidden, Legend } from '../charts/legend.tsx'
import { type Palette, usePalette } from '../charts/palette.ts'
import { Menu } from '../design/menu.tsx'
import { Segmented } from '../design/segmented.tsx'
import { Check, Choice } from '../parts/controls.tsx'
import { type Axis, limitChanges, limitsOf, ranksOf } from '../points/axes.ts'
import { LimitFields } from '../points/limit-fields.tsx'
import { Parallel } from '../points/parallel.tsx'
import { scatterOf } from '../points/scatter.ts'
import type { Shown } from '../points/shown.ts'
import { go, setQuery } from '../router.tsx'
import type { RunAxes } from './run-axes.ts'
import { RunImportance } from './run-importance.tsx'

interface PointsProps {
  readonly rows: readonly RunRow[]
  readonly axes: RunAxes
  /** Ids of those that stand out. */
  readonly selected: ReadonlySet<string>
  readonly query: URLSearchParams
  /** Stands before the controls. */
  readonly lead: ReactNode
}

const on = { click: ({ name }: { readonly name?: string }) => name && go(`/runs/${name}`) }
const SCALES = { linear: 'Linear', log: 'Log' } as const

/** Any measure of runs over any option or measure: a click on a point opens its run. */
export function RunScatter({ rows, axes, selected, query, lead }: PointsProps) {
  const palette = usePalette()
  const [hidden, setHidden] = useState<Hidden>(new Set())
  const all = [...axes.parameters, ...axes.measures]
  const y = measureIn(axes, query)
  const x = all.find(({ id }) => id === query.get('across')) ?? axes.parameters[0] ?? costOf(axes)
  const [logX, logY] = [isLog(query.get('scalex'), x), isLog(query.get('scaley'), y)]
  const families = useMemo(() => familiesOf(rows, 'means'), [rows])
  const familyOf = useMemo(
    () => new Map(families.flatMap(family => family.rows.map(({ id }) => [id, family.key] as const))),
    [families],
  )
  const colorOf = useColors(families, palette)
  const items = useMemo(
    () => rows.filter(({ id }) => !hidden.has(familyOf.get(id)!)),
    [rows, hidden, familyOf],
  )
  const { known, option } = useMemo(() => {
    const shown = shownOf({ items, axes, first: [y, x], selected, palette })
    const colored = { ...shown, colorOf: ({ id }: RunRow) => colorOf(familyOf.get(id)!) }
    return scatterOf(colored, { x, y, logX, logY, isNamed: true })
  }, [items, axes, x, y, logX, logY, selected, palette, colorOf, familyOf])
  const left = items.length - known.length
  return (
    <section className="stack tight curves" aria-label="Scatter plot of runs">
      <div className="strip controls">
        {lead}
        <label>
          Up{' '}
          <Choice label="Up" of={namesOf(axes.measures)} value={y.id} onChange={id => setQuery({ up: id })} />
        </label>
        <Segmented
          label="Scale upwards"
          of={SCALES}
          value={logY ? 'log' : 'linear'}
          onChange={scale => setQuery({ scaley: scale })}
        />
        <label>
          Across{' '}
          <Choice label="Across" of={namesOf(all)} value={x.id} onChange={id => setQuery({ across: id })} />
        </label>
        {!x.choices && (
          <Segmented
            label="Scale across"
            of={SCALES}
            value={logX ? 'log' : 'linear'}
            onChange={scale => setQuery({ scalex: scale })}
          />
        )}
      </div>
      {families.length <= MOST_NAMED && (
        <Legend
          entries={families.map(({ key, name, detail }) => ({ key, name, detail, color: colorOf(key) }))}
          hidden={hidden}
          onHide={setHidden}
        />
      )}
      <ChartCard
        title={`${y.title} over ${x.title}`}
        option={option}
        on={on}
        chartClass="chart tall"
        label={`${y.title} over ${x.title}, ${plural(known.length, 'run')}.`}
        note={`A point for each run; a click opens it. ◆ the best, ○ not trained to its end.${left > 0 ? ` ${plural(left, 'run')} without ${left === 1 ? 'a place' : 'places'} on both axes ${left === 1 ? 'is' : 'are'} left out.` : ''}`}
      />
    </section>
  )
}

/** Runs as lines through their options and measures. Dragging along an axis limits the list. */
export function RunParallel({ rows, axes, selected, query, lead }: PointsProps) {
  const palette = usePalette()
  const asked = query.toString()
  const value = measureIn(axes, query)
  const all = useMemo(() => [...axes.parameters, ...axes.measures], [axes])
  const wanted = query.get('axes')
  const names = useMemo(() => wanted?.split(',') ?? usualAxes(axes, value), [wanted, axes, value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text of the address has the limits.
  const limits = useMemo(() => limitsOf(query, all), [asked, all])
  // A limit that is out of sight could not be taken away.
  const isDrawn = useCallback(
    (id: string) => id === value.id || names.includes(id) || limits[id] !== undefined,
    [value, names, limits],
  )
  const shown = useMemo(() => {
    const ranks = ranksOf(rows, value)
    const drawn = (some: readonly Axis<RunRow>[]) => some.filter(({ id }) => isDrawn(id))
    const objectives = [...drawn(axes.measures.filter(({ id }) => id !== value.id)), value]
    return {
      ...shownOf({ items: rows, axes, first: [value], selected, palette }),
      parameters: drawn(axes.parameters),
      objectives,
      colorOf: (row: RunRow) => color.lerp(ranks.get(row) ?? 0, [palette.worst, palette.measure])!,
    }
  }, [rows, axes, value, isDrawn, selected, palette])
  return (
    <section className="stack tight curves" aria-label="Parallel coordinates of runs">
      <div className="strip controls">
        {lead}
        <label>
          Colour by{' '}
          <Choice
            label="Colour by"
            of={namesOf(axes.measures)}
            value={value.id}
            onChange={id => setQuery({ up: id })}
          />
        </label>
        <span
          className="ramp"
          style={{ background: `linear-gradient(to right, ${palette.worst}, ${palette.measure})` }}
        />
        worst to best
        <Menu title="Axes" stays>
          <fieldset>
            <legend className="unseen">Axes that are drawn</legend>
            {all.map(axis => (
              <Check
                key={axis.id}
                checked={isDrawn(axis.id)}
                disabled={axis.id === value.id}
                onChange={isOn => {
                  const others = names.filter(name => name !== axis.id)
                  setQuery({
                    axes: (isOn ? [...others, axis.id] : others).join(','),
                    ...(!isOn && limitChanges([axis], {})),
                  })
                }}
              >
                {axis.title}
              </Check>
            ))}
          </fieldset>
        </Menu>
      </div>
      <Parallel shown={shown} limits={limits} />
      <LimitFields axes={[...shown.parameters, ...shown.objectives]} limits={limits} noun="run" />
      <RunImportance rows={rows} measure={value} />
    </section>
  )
}

/** Names beyond these push the chart out of sight. */
const MOST_NAMED = 24

/** More axes cannot be read beside one another, nor more names along one. */
const [MOST_AXES, MOST_USUAL] = [9, 12]

function usualAxes({ parameters, measures }: RunAxes, value: Axis<RunRow>): readonly string[] {
  const measured = measures.filter(({ id }) => id === 'testAccuracy' || id === 'seconds' || id === value.id)
  const telling = parameters.filter(
    ({ id, choices }) => id !== 'seed' && (choices?.length ?? 0) <= MOST_USUAL,
  )
  return [...telling.slice(0, MOST_AXES - measured.length), ...measured].map(({ id }) => id)
}

/** What is asked for, or what models are usually chosen by. */
function measureIn({ measures }: RunAxes, query: URLSearchParams): Axis<RunRow> {
  const named = (id: string | null) => measures.find(one => one.id === id)
  return named(query.get('up')) ?? named('valAccuracy') ?? named('testAccuracy') ?? measures[0]!
}

const costOf = ({ measures }: RunAxes): Axis<RunRow> => measures.find(({ id }) => id === 'params')!

const namesOf = (axes: readonly Axis<RunRow>[]): Readonly<Record<string, string>> =>
  Object.fromEntries(axes.map(({ id, title }) => [id, title]))

const isLog = (asked: string | null, { scale, choices }: Axis<RunRow>): boolean =>
  !choices && (asked === null ? scale === 'log' : asked === 'log')

function useColors(families: readonly Family[], palette: Palette): (key: string) => string {
  return useMemo(() => {
    const places = placesOf(families.map(({ key }) => key))
    return key => palette.series[(places.get(key) ?? 0) % palette.series.length]!
  }, [families, palette])
}

/** Runs as charts over axes draw them; what stands `first` is said first beside the pointer. */
function shownOf({
  items,
  axes,
  first,
  selected,
  palette,
}: {
  readonly items: readonly RunRow[]
  readonly axes: RunAxes
  readonly first: readonly [Axis<RunRow>, ...Axis<RunRow>[]]
  readonly selected: ReadonlySet<string>
  readonly palette: Palette
}): Shown<RunRow> {
  const [value] = first
  const ranks = ranksOf(items, value)
  return {
    items,
    noun: 'run',
    parameters: axes.parameters.filter(axis => !first.includes(axis)),
    objectives: [...first, ...axes.measures.filter(axis => !first.includes(axis))],
    value,
    keyOf: ({ id }) => id,
    isBest: row => ranks.get(row) === 1,
    isChosen: ({ id }) => selected.has(id),
    isStart: () => false,
    isWhole: ({ status }) => status === 'finished',
    colorOf: () => palette.measure,
    caption: ({ experiment, model, seed, id, status }) =>
      `${experiment} / ${model}, seed ${seed} · ${id.slice(0, 6)}${status === 'finished' ? '' : `, ${status}`}`,
    on,
    palette,
  }
}
