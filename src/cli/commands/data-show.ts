import type { Dataset, Examples } from '../../data/dataset.ts'
import { type DataSource, fashionMnist, fashionMnistMini, loadDataset } from '../../data/source.ts'
import { UsageError } from '../../spec/errors.ts'
import { dataProgress } from '../data-progress.ts'
import { loadExperiment } from '../load-experiment.ts'
import { choice, type Flags, notice, setting, wholeNumber } from '../settings.ts'
import { table, whole } from '../table.ts'

const builtIn: Readonly<Record<string, () => DataSource>> = {
  'fashion-mnist': fashionMnist,
  'fashion-mnist-mini': fashionMnistMini,
}

/** `heddle data show`: how many examples of each class, what the pixels are like, and some images as text. */
export async function dataShow(name: string, flags: Flags): Promise<void> {
  const split = choice(flags, 'split', { choices: ['train', 'test'], fallback: 'train' })
  const index = wholeNumber(flags, 'index', { min: 0 })!
  const count = wholeNumber(flags, 'count', { min: 0 })!
  const known = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined
  const { data: source, folder } = known
    ? { data: known(), folder: undefined }
    : await loadExperiment(name).then(({ spec, folder: base }) => ({ data: spec.data, folder: base }))
  const loading = dataProgress()
  const data = await loadDataset(source, {
    baseDir: folder,
    dataDir: setting(flags, 'dataDir')?.value,
    onNotice: notice,
    onProgress: loading.onProgress,
  })
  loading.end()
  const examples = data[split]
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(describe(data))}\n`)
    return
  }
  if (index + count > examples.labels.length) {
    throw new UsageError(
      `--index ${index} with --count ${count} goes past the last of the ${whole(examples.labels.length)} ${split} images.`,
    )
  }
  const images = Array.from({ length: count }, (_, i) => picture(data, examples, { split, index: index + i }))
  process.stdout.write(`${[overview(data), ...images].join('\n\n')}\n`)
}

function describe({ name, fingerprint, imageShape, classNames, train, test }: Dataset) {
  const statistics = (examples: Examples) => ({
    count: examples.labels.length,
    perClass: histogram(examples, classNames.length),
    ...pixelStatistics(examples),
  })
  return { name, fingerprint, imageShape, classNames, train: statistics(train), test: statistics(test) }
}

function overview(data: Dataset): string {
  const { train, test } = describe(data)
  const most = Math.max(...train.perClass)
  const rows = data.classNames.map((name, label) => [
    `${label}  ${name}`,
    whole(train.perClass[label]!),
    whole(test.perClass[label]!),
    '▇'.repeat(Math.round((24 * train.perClass[label]!) / most)).padEnd(24),
  ])
  const pixels = ({ mean, std }: { mean: number; std: number }): string =>
    `mean ${mean.toFixed(4)}, std ${std.toFixed(4)}`
  return [
    `${data.name}: ${whole(train.count)} train and ${whole(test.count)} test images of ${data.imageShape.join(' × ')}`,
    `pixels / 255: train ${pixels(train)}; test ${pixels(test)}`,
    `fingerprint ${data.fingerprint}`,
    '',
    table(['class', 'train', 'test', ''], rows),
  ].join('\n')
}

function histogram({ labels }: Examples, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}

/** Mean and standard deviation of all pixels, 255 being 1. */
function pixelStatistics({ images }: Examples): { mean: number; std: number } {
  const counts = new Float64Array(256)
  for (const pixel of images) counts[pixel]!++
  let [sum, squares] = [0, 0]
  counts.forEach((count, pixel) => {
    sum += count * pixel
    squares += count * pixel * pixel
  })
  const mean = sum / images.length
  return { mean: mean / 255, std: Math.sqrt(squares / images.length - mean * mean) / 255 }
}

const SHADES = ' .:-=+*#%@'

/** An image as text, two characters for each pixel because characters are twice as high as wide. */
function picture(
  { classNames, imageShape: [height, width, channels] }: Dataset,
  { images, labels }: Examples,
  { split, index }: { readonly split: string; readonly index: number },
): string {
  const first = index * height * width * channels
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += images[first + (y * width + x) * channels + c]!
      const shade = SHADES[Math.min(SHADES.length - 1, Math.floor((sum / channels / 256) * SHADES.length))]!
      return shade.repeat(2)
    })
      .join('')
      .trimEnd(),
  )
  const label = labels[index]!
  return [`${split} ${index}: ${label} ${classNames[label]}`, ...rows].join('\n')
}
