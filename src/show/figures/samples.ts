import type { Dataset } from '../../data/dataset.ts'
import { tableOf } from '../../protocol/table.ts'
import { imageGrid } from '../image-grid.ts'
import type { Figure } from './figure.ts'

const FIRST = 20
/** Images of each class in a row. */
const OF_CLASS = 10
const MOST_ROWS = 30
/** An image is drawn about this wide. */
const SIDE = 96

/** The first training images, as every report of the field begins. */
export function samplesFigure(data: Dataset): Figure {
  const indices = Array.from({ length: Math.min(FIRST, data.train.count) }, (_, i) => i)
  return {
    name: 'samples',
    caption: `The first ${indices.length} training images of ${data.name} with their labels.`,
    draw: () =>
      imageGrid(
        indices.map(i => ({ pixels: data.train.at(i), caption: nameOf(data, i) })),
        { title: '', imageShape: data.imageShape, columns: 5, zoom: zoomOf(data, SIDE) },
      ),
    data: indexTable(data, indices),
  }
}

/** A row of training images for each class. */
export function classSamplesFigure(data: Dataset): Figure {
  const { classNames, train, imageShape } = data
  const shown = classNames.slice(0, MOST_ROWS)
  const rows = shown.map((_, label) => train.ofClass(label, OF_CLASS))
  const more = classNames.length - shown.length
  return {
    name: 'class-samples',
    caption: `Training images of each class of ${data.name}, the first ${OF_CLASS} of each${more > 0 ? `; the first ${shown.length} of ${classNames.length} classes` : ''}.`,
    draw: () =>
      imageGrid(
        // A class of fewer images leaves its places free.
        rows.flatMap(row =>
          Array.from({ length: OF_CLASS }, (_, i) => ({
            pixels: row[i] === undefined ? null : train.at(row[i]),
          })),
        ),
        { title: '', imageShape, columns: OF_CLASS, rowNames: shown, zoom: zoomOf(data, SIDE / 2) },
      ),
    data: indexTable(data, rows.flat()),
  }
}

/** Pixels of a picture to one of an image that is to be about `side` wide. */
export function zoomOf({ imageShape }: Pick<Dataset, 'imageShape'>, side: number): number {
  return Math.max(1, Math.round(side / imageShape[1]))
}

function nameOf({ classNames, train }: Dataset, index: number): string {
  return classNames[train.labels[index]!]!
}

function indexTable(data: Dataset, indices: readonly number[]) {
  return tableOf(indices, [
    ['index', 'Training image', index => index],
    ['label', 'Label', index => data.train.labels[index]],
    ['class', 'Class', index => nameOf(data, index)],
  ])
}
