import { points } from '../../base/text.ts'
import { type Comparison, pText } from '../../protocol/comparison.ts'
import { tableOf } from '../../protocol/table.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { type IntervalRow, intervalPlot } from '../interval-plot.ts'
import { stacked } from '../picture.ts'
import type { Figure } from './figure.ts'

/** Accuracies with their intervals, and the differences of each pair with theirs. */
export function comparisonFigure(models: readonly ReportedModel[], { pairs, images }: Comparison): Figure {
  const accuracies = models.map(({ name, runs, evaluation: { interval } }): IntervalRow => {
    const seeds = runs.map(({ run }) => 100 * (run.metrics.testAccuracy ?? Number.NaN))
    const mean = seeds.reduce((sum, seed) => sum + seed, 0) / seeds.length
    return {
      name,
      value: mean,
      low: 100 * interval[0],
      high: 100 * interval[1],
      dots: seeds.length > 1 ? seeds : [],
      note: mean.toFixed(2),
    }
  })
  const differences = pairs.map(({ first, second, difference, interval, correctedP }): IntervalRow => {
    const p = pText(correctedP)
    return {
      name: `${second} − ${first}`,
      value: 100 * difference,
      low: 100 * interval[0],
      high: 100 * interval[1],
      note: p.startsWith('<') ? `p ${p}` : `p = ${p}`,
    }
  })
  const several = models.some(({ runs }) => runs.length > 1)
  return {
    name: 'comparison',
    caption: `Test accuracy of each model on ${images.toLocaleString('en-US')} images with the 95 % interval (Wilson) of its first seed${several ? '; filled: the mean over the seeds, open: each seed' : ''}. Below: differences in accuracy of each pair with their 95 % intervals; p is corrected for all pairs (Holm).`,
    draw: theme =>
      stacked([
        intervalPlot(accuracies, { title: 'Accuracy', xTitle: '% of the test images', theme }),
        intervalPlot(differences, { title: 'Difference', xTitle: 'percentage points', hasZero: true, theme }),
      ]),
    data: tableOf(
      [
        ...accuracies.map(row => ({ what: 'accuracy, %', ...row })),
        ...differences.map(row => ({ what: 'difference, points', ...row })),
      ],
      [
        ['what', 'What', ({ what }) => what],
        ['name', 'Of', ({ name }) => name],
        ['value', 'Value', ({ value }) => value],
        ['low', '95 % from', ({ low }) => low],
        ['high', 'to', ({ high }) => high],
        ['seeds', 'Seeds', ({ dots = [] }) => dots.map(dot => points(dot / 100)).join(' ') || null],
      ],
    ),
  }
}
