import { normalized } from '../../protocol/confusion.ts'
import { MANY_CLASSES } from '../../protocol/evaluation.ts'
import { type ColumnOf, tableOf } from '../../protocol/table.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { heatMap } from '../heat-map.ts'
import { type Figure, fileName } from './figure.ts'

const kinds = [
  { name: '', kind: 'counts', what: 'numbers of test images' },
  { name: '-by-label', kind: 'row', what: 'shares of each label, so that the diagonal is the recall' },
  { name: '-by-all', kind: 'all', what: 'shares of all test images' },
] as const

/** A model's confusion matrix, counted and as shares; none where there are more classes than can be read. */
export function confusionFigures({ name, runs, evaluation }: ReportedModel): Figure[] {
  const { confusion, classNames } = evaluation
  if (!confusion || classNames.length > MANY_CLASSES) return []
  // Spare outputs have no class.
  const names = confusion.map((_, i) => classNames[i] ?? `output ${i}`)
  return kinds.map(({ name: suffix, kind, what }) => {
    const matrix = kind === 'counts' ? confusion : normalized(confusion, kind)
    return {
      name: `confusion-${fileName(name)}${suffix}`,
      caption: `Confusion matrix of ${name} (seed ${runs[0]!.run.seed}): ${what}; the label downwards, the prediction across.`,
      draw: theme =>
        heatMap(
          { title: '', classNames: names, matrix, kind: kind === 'counts' ? 'counts' : 'shares' },
          theme,
        ),
      data: tableOf(
        [...matrix.entries()],
        [
          ['label', 'Label', ([label]) => names[label]],
          ...names.map(
            (title, k): ColumnOf<[number, readonly number[]]> => [title, title, ([, row]) => row[k]],
          ),
        ],
      ),
    }
  })
}
