import type { ReportMaterial } from '../../runs/gather-report.ts'
import { architectureFigures } from './architecture.ts'
import { auditFigures } from './audit.ts'
import { augmentationFigures } from './augmentation.ts'
import { byModelFigures } from './by-model.ts'
import type { Exhibits } from './captions.ts'
import { classHistogramFigure } from './class-histogram.ts'
import { comparisonFigure } from './comparison.ts'
import { confusionFigures } from './confusion.ts'
import { curvesFigure, curvesTogetherFigure } from './curves.ts'
import { reliabilityFigures, robustnessFigures, rocFigure } from './evaluation-charts.ts'
import type { Figure } from './figure.ts'
import { hardestFigures } from './hardest.ts'
import { listingsOf } from './listings.ts'
import { classSamplesFigure, samplesFigure } from './samples.ts'
import { tablesOf } from './tables.ts'

/** Every figure about models and their data, in the order of a report: data, models, training, comparison, each model's results. */
export function figuresOf({ data, original, audit, models, comparison }: ReportMaterial): Figure[] {
  const several = models.length > 1
  const before = { name: 'class-histogram-before', which: ', before relabelling' }
  return [
    samplesFigure(data),
    classSamplesFigure(data),
    ...(original ? [classHistogramFigure(original, before)] : []),
    classHistogramFigure(data),
    ...(audit ? auditFigures(audit, data) : []),
    ...augmentationFigures(data, models),
    ...models.flatMap(architectureFigures),
    curvesFigure(models),
    ...(several ? [curvesTogetherFigure(models), ...byModelFigures(models)] : []),
    ...(comparison ? [comparisonFigure(models, comparison)] : []),
    ...robustnessFigures(models),
    ...models.flatMap(model => [
      ...confusionFigures(model),
      rocFigure(model),
      ...reliabilityFigures(model),
      ...hardestFigures(data, model),
    ]),
  ]
}

/** All that a folder of figures holds. */
export function exhibitsOf(material: ReportMaterial): Exhibits {
  return { figures: figuresOf(material), tables: tablesOf(material), listings: listingsOf(material) }
}
