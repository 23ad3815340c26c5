import { listOf } from '../../base/text.ts'
import { testMeasures } from '../../nn/metrics/index.ts'
import { type MetricFacts, measureOf, titleOf } from '../../protocol/metric.ts'
import type { ReportedModel, ReportedRun } from '../../runs/gather-report.ts'
import { type Line, linePanels, type Panel } from '../line-panels.ts'
import { type Figure, pointsTable } from './figure.ts'

/** Beyond this ratio the smaller of two losses is a flat line on the scale of the larger. */
const UNLIKE = 8
/** Training and validation of more models than this are more lines than a chart can hold. */
const MOST_TOGETHER = 4
/** Three panels beside one another are to be read on paper. */
const SMALL = { width: 300, height: 230 }
const sides = ['training', 'validation'] as const

/** What every epoch measured: a panel for each model, a line for each seed. */
export function curvesFigure(models: readonly ReportedModel[]): Figure {
  const panels = metricsOf(models).flatMap(metric => {
    const areAlike = haveOneScale(metric, models)
    return models.map(({ name, runs }): Panel => {
      // Panels of one title share their scale.
      const yTitle = areAlike ? titleOf(metric) : `${titleOf(metric)} of ${name}`
      const lines = runs.flatMap(run =>
        sides.map((side, color) => lineOf(run, { metric, side, name: side, color })),
      )
      return { title: name, xTitle: 'Epoch', yTitle, places: placesOf(models), lines }
    })
  })
  const several = models.some(({ runs }) => runs.length > 1)
  return {
    name: 'curves',
    caption: `${measured(models)} of every epoch, a panel for each model${several ? ' and a line for each seed' : ''}. Training values are means over the epoch, with dropout on; validation follows it.`,
    draw: theme =>
      linePanels('', panels, {
        maxColumns: Math.min(models.length, 3),
        theme,
        ...(models.length > 2 && { size: SMALL }),
      }),
    data: panelsTable(panels),
  }
}

/** All models in the same axes, the first seed of each: training and validation, or validation alone where there are many. */
export function curvesTogetherFigure(models: readonly ReportedModel[]): Figure {
  const shown = models.length > MOST_TOGETHER ? (['validation'] as const) : sides
  const panels = metricsOf(models).map((metric): Panel => {
    const lines = models.flatMap(({ name, runs }, color) =>
      shown.map(side => lineOf(runs[0]!, { metric, side, name: `${name}, ${side}`, color })),
    )
    return {
      title: titleOf(metric),
      xTitle: 'Epoch',
      yTitle: titleOf(metric),
      places: placesOf(models),
      lines,
    }
  })
  return {
    name: 'curves-together',
    caption: `${measured(models)} of every epoch of ${listOf(models.map(({ name }) => name))} in the same axes (the first seed of each)${shown.length > 1 ? '; validation is dashed' : ': validation alone'}.`,
    draw: theme => linePanels('', panels, { maxColumns: 2, theme }),
    data: panelsTable(panels),
  }
}

/** The numbers of panels of lines. */
export function panelsTable(panels: readonly Panel[]) {
  return pointsTable(
    panels.flatMap(({ title, yTitle, places, lines }) =>
      lines.flatMap(({ name, values }) =>
        values.map((y, i) => ({
          panel: title === yTitle ? title : `${title}: ${yTitle}`,
          line: name,
          x: places[i]!,
          y,
        })),
      ),
    ),
  )
}

function lineOf(
  { epochs }: ReportedRun,
  {
    metric,
    side,
    ...line
  }: { metric: MetricFacts; side: (typeof sides)[number]; name: string; color: number },
): Line {
  const measure = measureOf(metric, side).name
  const values = epochs.map(({ metrics }) => metrics[measure] ?? null)
  return { ...line, values, dashed: side === 'validation' }
}

function placesOf(models: readonly ReportedModel[]): string[] {
  const longest = Math.max(...models.flatMap(({ runs }) => runs.map(({ epochs }) => epochs.length)))
  return Array.from({ length: longest }, (_, i) => String(i + 1))
}

/** Those that any epoch has. */
function metricsOf(models: readonly ReportedModel[]): MetricFacts[] {
  const recorded = models.flatMap(({ runs }) =>
    runs.flatMap(({ epochs }) => epochs.map(epoch => epoch.metrics)),
  )
  return testMeasures.map(({ metric }) => metric).filter(({ name }) => recorded.some(epoch => name in epoch))
}

function measured(models: readonly ReportedModel[]): string {
  return titleOf({ label: listOf(metricsOf(models).map(metric => metric.label)) })
}

/** Report 003 left a model out because its loss was twenty times the others': it has a scale of its own then. */
function haveOneScale({ name, unit }: MetricFacts, models: readonly ReportedModel[]): boolean {
  if (unit === 'share') return true
  const largest = models.map(({ runs }) =>
    Math.max(...runs.flatMap(({ epochs }) => epochs.map(({ metrics }) => metrics[name] ?? 0))),
  )
  return Math.max(...largest) < UNLIKE * Math.min(...largest)
}
