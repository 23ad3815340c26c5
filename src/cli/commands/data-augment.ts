import { dirname, extname } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { count } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { loadDataset } from '../../data/source.ts'
import { augmentationGrid } from '../../show/augmentation-grid.ts'
import { augmentFor } from '../../train/augment.ts'
import { checkOutputFile } from '../check-output.ts'
import { interruptible, unlessAborted } from '../interrupt.ts'
import { loadExperiment } from '../load-experiment.ts'
import { tellLoading } from '../loading.ts'
import { wholeNumber } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

export interface DataAugmentFlags {
  readonly out?: string
  readonly index?: readonly string[]
  readonly count?: string
  readonly versions: string
  readonly seed: string
  readonly dataDir?: string
}

/** `heddle data augment`: a picture of what an experiment's augmentation makes of its images, before training. */
export async function dataAugment(
  wanted: string,
  flags: DataAugmentFlags,
  terminal: Terminal,
): Promise<void> {
  const { experiment, file } = await loadExperiment(wanted, process.cwd())
  const out = flags.out ?? `${experiment.name}-augmentation.png`
  const format = extname(out).toLowerCase()
  if (format !== '.png' && format !== '.svg') {
    throw new UsageError(`--out ${out}: the file must end in .png or .svg.`)
  }
  if (experiment.train.augmentation.length === 0) {
    throw new UsageError(
      `${experiment.name} augments nothing. Add augmentation: [randomFlip()], or others, to its train options.`,
    )
  }
  checkOutputFile('--out', out)
  const seed = wholeNumber({ name: '--seed', text: flags.seed }, 0)
  const versions = wholeNumber({ name: '--versions', text: flags.versions }, 1)
  const asked = indicesOf(flags)
  const data = await interruptible(signal =>
    unlessAborted(
      signal,
      loadDataset(experiment.data, {
        dataDir: flags.dataDir,
        baseDir: dirname(file),
        ...tellLoading(terminal),
      }),
    ),
  )
  const augment = augmentFor(experiment.train, { shape: data.imageShape, seed })!
  const images = imagesOf(data, asked)
  const svg = augmentationGrid(images, { augment: { ...augment, white: 255 }, versions })
  // Loads resvg, which only pictures need.
  const { rasterize } = await import('../../show/rasterize.ts')
  await replaceFile(out, [format === '.svg' ? Buffer.from(svg) : rasterize(svg)])
  terminal.print(
    `${out}: ${images.length} training images of ${data.name}, each before and in the training steps 0 to ${versions - 1} of seed ${seed}.`,
  )
}

function indicesOf({ index, count: howMany }: DataAugmentFlags): readonly number[] {
  if (!index) {
    const length = howMany === undefined ? 8 : wholeNumber({ name: '--count', text: howMany }, 1)
    return Array.from({ length }, (_, i) => i)
  }
  if (howMany !== undefined) {
    throw new UsageError('Give either --index (these images) or --count (the first ones), not both.')
  }
  return index.map(text => wholeNumber({ name: '--index', text }, 0))
}

function imagesOf({ name, train, classNames }: Dataset, indices: readonly number[]) {
  const size = train.images.length / train.labels.length
  return indices.map(index => {
    if (index >= train.labels.length) {
      throw new UsageError(
        `Image ${index}: the train split of ${name} has ${count(train.labels.length)} images, 0 to ${train.labels.length - 1}.`,
      )
    }
    const pixels = train.images.subarray(index * size, (index + 1) * size)
    return { label: `${index} ${classNames[train.labels[index]!]}`, pixels }
  })
}
