import type { Dataset } from '../../data/dataset.ts'
import { countLabels } from '../../data/labels.ts'
import { tableOf } from '../../protocol/table.ts'
import { histogram } from '../histogram.ts'
import type { Figure } from './figure.ts'

/** How many images each class has, in training and in test. */
export function classHistogramFigure(
  data: Dataset,
  { name = 'class-histogram', which = '' }: { readonly name?: string; readonly which?: string } = {},
): Figure {
  const { classNames, train, test } = data
  const counts = [train, test].map(({ labels }) => countLabels(labels, classNames.length))
  return {
    name,
    caption: `Images of each class of ${data.name}${which}, in training and in test.`,
    draw: theme =>
      histogram(
        '',
        classNames,
        [
          { name: 'training', counts: counts[0]! },
          { name: 'test', counts: counts[1]! },
        ],
        theme,
      ),
    data: tableOf(
      classNames.map((className, label) => ({ className, label })),
      [
        ['label', 'Label', ({ label }) => label],
        ['class', 'Class', ({ className }) => className],
        ['training', 'Training', ({ label }) => counts[0]![label]],
        ['test', 'Test', ({ label }) => counts[1]![label]],
      ],
    ),
  }
}
