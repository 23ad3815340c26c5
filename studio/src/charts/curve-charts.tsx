import { type ReactNode, useMemo, useState } from 'react'
import { titleOf } from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { useCurves, useRuns } from '../stream/stream.ts'
import { type ChartMetric, learningRate, systemMetrics } from './chart-metric.ts'
import { familiesOf, sidesOf } from './curve-lines.ts'
import { CurvePanel } from './curve-panel.tsx'
import { Controls, isPanelShown, settingsOf } from './curve-settings.tsx'
import { placesOf } from './family-colors.ts'
import { type Hidden, Legend } from './legend.tsx'
import { usePalette } from './palette.ts'

/** More curves than can be told apart with some effort; of means, each is of several runs. */
const MOST_RUNS = { runs: 24, means: 100 } as const

/** What is no metric of the runs. */
const extras: readonly ChartMetric[] = [learningRate, ...systemMetrics]

/** Loss, accuracy and other metrics of some runs over one axis, as they are trained. */
export function CurveCharts({
  rows: asked,
  query,
  shown: shownExtras = [],
  lead,
}: {
  readonly rows: readonly RunRow[]
  readonly query: URLSearchParams
  /** Charts that are shown without being asked for, besides those of metrics. */
  readonly shown?: readonly ChartMetric[]
  /** Stands before the controls. */
  readonly lead?: ReactNode
}) {
  const wanted = settingsOf(query)
  // The address has choices of the table too: they draw no curve anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: settings with the same text are the same.
  const settings = useMemo(() => wanted, [JSON.stringify(wanted)])
  const ids = asked.slice(0, MOST_RUNS[settings.lines]).map(({ id }) => id)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn of a row never changes, and its id identifies it.
  const rows = useMemo(() => asked.slice(0, ids.length), [ids.join()])
  const curves = useCurves(ids)
  const palette = usePalette()
  const { metrics } = useRuns()
  const [hidden, setHidden] = useState<Hidden>(new Set())
  const families = useMemo(() => familiesOf(rows, settings.lines), [rows, settings.lines])
  const colorOf = useMemo(() => {
    const places = placesOf(families.map(({ key }) => key))
    return (key: string): string => palette.series[(places.get(key) ?? 0) % palette.series.length]!
  }, [families, palette])
  const known = useMemo(() => {
    const epochs = rows.flatMap(({ id }) => curves.get(id)?.epochs ?? [])
    const shown = metrics.filter(({ name, always }) => always || epochs.some(epoch => name in epoch.metrics))
    // Runs of an older Heddle did not measure what they used.
    const isMetered = rows.some(({ id }) => (curves.get(id)?.usage.length ?? 0) > 0)
    const own = extras.filter(one => isMetered || one === learningRate || one.name === 'imagesPerSecond')
    return [...shown, ...own].map(metric => ({
      ...{ metric, name: metric.name, title: titleOf(metric) },
      isExtra: extras.includes(metric) && !(isMetered && shownExtras.includes(metric)),
    }))
  }, [rows, curves, metrics, shownExtras])
  const panels = known.filter(panel => isPanelShown(panel, settings))
  const sides = new Set(
    rows.length > 0 ? panels.flatMap(({ metric }) => sidesOf(rows, curves, metric, settings)) : [],
  )
  return (
    <section className="stack tight curves" aria-label="Curves">
      <Controls
        settings={settings}
        panels={known}
        lead={lead}
        hasSeeds={new Set(rows.map(({ configuration }) => configuration)).size < rows.length}
      />
      <Legend
        entries={families.map(({ key, name, detail }) => ({ key, name, detail, color: colorOf(key) }))}
        hidden={hidden}
        onHide={setHidden}
      >
        {sides.size > 1 && (
          <li className="quiet strokes">
            <i className="dashed" /> training <i className="solid" /> validation
          </li>
        )}
        {settings.lines === 'means' && families.some(one => one.rows.length > 1) && (
          <li className="quiet">bands: mean ± standard deviation of the seeds</li>
        )}
        {asked.length > rows.length && (
          <li className="quiet" role="note">
            {rows.length} of {asked.length} chosen runs are drawn
          </li>
        )}
      </Legend>
      <div className="curve-panels">
        {panels.map(({ metric, title }) => (
          <CurvePanel
            key={title}
            {...{ metric, title, families, curves, settings, palette, colorOf, hidden }}
          />
        ))}
      </div>
    </section>
  )
}
