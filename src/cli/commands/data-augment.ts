import { extname } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { integer } from '../../base/schema.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { augmentationGrid } from '../../show/augmentation-grid.ts'
import { svgOf } from '../../show/picture.ts'
import { augmentFor } from '../../train/augment.ts'
import { command, option } from '../command.ts'
import { loadExperiment } from '../load-experiment.ts'
import { loading } from '../loading.ts'
import { dataOptions, experimentArgument, indexOption, seed } from '../options.ts'
import { outputFile } from '../output-paths.ts'

/** Images that are drawn where none are named. */
const COUNT = 8

export default command({
  summary: "draw what an experiment's augmentation makes of its images, before training",
  args: { experiment: experimentArgument },
  options: {
    out: option(outputFile, {
      value: 'file',
      help: 'a .png or .svg file, replaced if it exists',
      otherwise: '<name>-augmentation.png',
    }),
    index: indexOption,
    count: option(integer(), { help: 'the first n training images', otherwise: String(COUNT) }),
    versions: option(integer(), { help: 'how many training steps to show', fallback: 8 }),
    seed,
    ...dataOptions,
  },
  examples: [
    ['heddle data augment my.ts', 'the first images in the first training steps'],
    ['heddle data augment my.ts --index 3,14 --out grid.svg', 'two of them, with their names'],
  ],
  async run({ experiment: wanted, index, count, versions, seed, dataDir, ...given }, { terminal }) {
    const { experiment, baseDir } = await loadExperiment(wanted, process.cwd())
    const out = given.out ?? outputFile.parse(`${experiment.name}-augmentation.png`, '--out')
    const format = extname(out).toLowerCase()
    if (format !== '.png' && format !== '.svg') {
      throw new UsageError(`--out ${out}: the file must end in .png or .svg.`)
    }
    if (experiment.train.augmentation.length === 0) {
      throw new UsageError(
        `${experiment.name} has no augmentation. Add augmentation: [randomFlip()], or others, to its train options.`,
      )
    }
    if (index && count !== undefined) {
      throw new UsageError('Give either --index (these images) or --count (the first ones), not both.')
    }
    const data = await loading({ terminal, dataDir }, options =>
      loadDataset(experiment.data, { ...options, baseDir }),
    )
    const augment = augmentFor(experiment.train, { shape: data.imageShape, seed })!
    const images = imagesOf(data, index ?? Array.from({ length: count ?? COUNT }, (_, i) => i))
    const picture = augmentationGrid(images, { augment: { ...augment, white: 255 }, versions })
    // Loads resvg, which only pictures need.
    const { rasterize } = await import('../../show/rasterize.ts')
    await replaceFile(out, [format === '.svg' ? Buffer.from(svgOf(picture)) : rasterize(picture)])
    terminal.print(
      `${out}: ${images.length} training images of ${data.name}, each before and in the training steps 0 to ${versions - 1} of seed ${seed}.`,
    )
  },
})

function imagesOf({ train, classNames }: Dataset, indices: readonly number[]) {
  return indices.map(index => ({
    label: `${index} ${classNames[train.labels[index]!]}`,
    pixels: train.at(index),
  }))
}
