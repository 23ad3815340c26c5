import { percent } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { tableOf } from '../../protocol/table.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { explanationSheet } from '../explanation-pictures.ts'
import { imageGrid } from '../image-grid.ts'
import { type Figure, fileName } from './figure.ts'
import { zoomOf } from './samples.ts'

const SHOWN = 15
/** Wide enough for a class' name below it. */
const SIDE = 112

/** The test images that a model got most wrong, and why. */
export function hardestFigures({ test, imageShape }: Dataset, model: ReportedModel): Figure[] {
  const { name, runs, evaluation, explanations } = model
  const { hardest, classNames } = evaluation
  if (hardest.length === 0) return []
  const of = `${name}, seed ${runs[0]!.run.seed}`
  const shown = hardest.slice(0, SHOWN)
  const data = tableOf(shown, [
    ['index', 'Test image', ({ index }) => index],
    ['label', 'Label', ({ label }) => classNames[label]],
    ['ofLabel', 'Output for it', ({ ofLabel }) => ofLabel],
    ['predicted', 'Predicted', ({ predicted }) => classNames[predicted] ?? `output ${predicted}`],
    ['ofPredicted', 'Output for it', ({ ofPredicted }) => ofPredicted],
  ])
  const mistakes: Figure = {
    name: `hardest-${fileName(name)}`,
    caption: `The surest mistakes of ${of}: each image with its label, and below it what it was taken for and how sure the model was.`,
    draw: () =>
      imageGrid(
        shown.map(({ index, label, predicted, ofPredicted }) => ({
          pixels: test.at(index),
          caption: `${classNames[label]}\n${classNames[predicted] ?? `output ${predicted}`} ${percent(ofPredicted, 0)}`,
        })),
        { title: '', imageShape, columns: 5, zoom: zoomOf({ imageShape }, SIDE) },
      ),
    data,
  }
  if (explanations.length === 0) return [mistakes]
  const explained = explanations.map(({ index, explanation }) => ({
    name: String(index),
    pixels: test.at(index),
    label: classNames[test.labels[index]!] ?? null,
    explanation,
  }))
  return [
    mistakes,
    {
      name: `explanations-${fileName(name)}`,
      caption: `What spoke for the predicted class (orange) and against it (blue) in the surest mistakes of ${of}; the class and its output stand on the left. Saliency has no sign; each map has its own scale.`,
      draw: () => explanationSheet(explained, { title: '', imageShape, classNames }),
      data: tableOf(hardest.slice(0, explained.length), [
        ['index', 'Test image', ({ index }) => index],
        ['explained', 'Explained class', ({ predicted }) => classNames[predicted] ?? `output ${predicted}`],
        ['ofPredicted', 'Output for it', ({ ofPredicted }) => ofPredicted],
      ]),
    },
  ]
}
