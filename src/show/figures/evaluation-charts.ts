import type { Chart } from '../../protocol/section.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { curvesChart, reliabilityChart, robustnessChart } from '../evaluation-section.ts'
import { sharePanels } from '../line-panels.ts'
import { type Figure, fileName, panelPoints } from './figure.ts'

/** Two or three panels beside one another, to be read on paper. */
const MIDDLE = { width: 390, height: 350 }
const SMALL = { width: 300, height: 260 }

/** ROC, precision and recall of each class of a model. */
export function rocFigure({ name, runs, evaluation }: ReportedModel): Figure {
  const which = evaluation.curves.length === evaluation.classes.length ? 'each class' : 'the worst classes'
  const caption = `ROC curve (left), and precision over recall (right) of ${which} against the rest: ${name}, seed ${runs[0]!.run.seed}. The dotted diagonal is chance.`
  return chartFigure(`roc-${fileName(name)}`, caption, curvesChart(evaluation))
}

/** Whether the confidence of a model means what it says; none where its outputs are not probabilities. */
export function reliabilityFigures({ name, runs, evaluation }: ReportedModel): Figure[] {
  const { calibration, tempered } = evaluation
  if ('refused' in calibration) return []
  const caption = `Reliability diagram of ${name}, seed ${runs[0]!.run.seed}: the share of test images that is right over the confidence; on the diagonal a confidence means what it says.`
  return [chartFigure(`reliability-${fileName(name)}`, caption, reliabilityChart(calibration, tempered))]
}

/** Accuracy on distorted test images, a line for each model; none where it was not measured. */
export function robustnessFigures(models: readonly ReportedModel[]): Figure[] {
  if (models.every(({ evaluation }) => evaluation.robustness.length === 0)) return []
  const caption =
    'Accuracy on distorted test images of each model (its first seed): the distortion grows to the right.'
  return [chartFigure('robustness', caption, robustnessChart(models))]
}

function chartFigure(name: string, caption: string, chart: Chart): Figure {
  return {
    name,
    caption,
    draw: theme => sharePanels(chart, theme, chart.panels.length > 2 ? SMALL : MIDDLE),
    data: panelPoints(chart.panels),
  }
}
