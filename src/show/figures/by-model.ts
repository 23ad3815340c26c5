import { testMeasures } from '../../nn/metrics/index.ts'
import { type MetricFacts, measureOf, type Side, titleOf } from '../../protocol/metric.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { linePanels, type Panel } from '../line-panels.ts'
import { panelsTable } from './curves.ts'
import type { Figure } from './figure.ts'

/** Axes that begin and end at the data make a tenth of a point look like a gulf. */
const LEAST_SPAN = 0.1

/** What the test and the last epoch of training measured, over the models. */
export function byModelFigures(models: readonly ReportedModel[]): Figure[] {
  return [
    byModel(models, { name: 'by-model-test', side: 'test', what: 'the test images, after training' }),
    byModel(models, {
      name: 'by-model-train',
      side: 'training',
      what: 'the training images in the last epoch, with dropout on',
    }),
  ]
}

function byModel(
  models: readonly ReportedModel[],
  { name, side, what }: { readonly name: string; readonly side: Side; readonly what: string },
): Figure {
  const panels = testMeasures.flatMap(({ metric }): Panel[] => {
    const values = models.map(model => meanOf(model, metric, side))
    if (values.every(value => value === null)) return []
    const title = titleOf(measureOf(metric, side))
    const lines = [{ name: side, values, color: side === 'test' ? 0 : 1 }]
    const places = models.map(model => model.name)
    return [
      {
        title,
        xTitle: 'Model',
        yTitle: title,
        places,
        lines,
        ...(metric.unit === 'share' && { leastSpan: LEAST_SPAN }),
      },
    ]
  })
  const several = models.some(({ runs }) => runs.length > 1)
  return {
    name,
    caption: `Loss and accuracy by model on ${what}${several ? '; means over the seeds' : ''}.`,
    draw: theme => linePanels('', panels, { maxColumns: 2, theme, legend: false }),
    data: panelsTable(panels),
  }
}

/** The mean over a model's runs of what their last metrics have; `null` where one of them has none. */
function meanOf({ runs }: ReportedModel, metric: MetricFacts, side: Side): number | null {
  const { name } = measureOf(metric, side)
  const values = runs.map(({ run }) => run.metrics[name])
  return values.every(value => value !== undefined)
    ? values.reduce((sum, value) => sum + value, 0) / values.length
    : null
}
