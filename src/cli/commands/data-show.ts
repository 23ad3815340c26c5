import { UsageError } from '../../base/errors.ts'
import { integer, oneOf } from '../../base/schema.ts'
import { count, plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import { countLabels } from '../../data/labels.ts'
import { toJson } from '../../protocol/json.ts'
import { type Column, left, right, table } from '../../show/table.ts'
import { command } from '../command.ts'
import { loading } from '../loading.ts'
import { namedData } from '../named-data.ts'
import { option } from '../option.ts'
import { dataArgument, dataOptions, jsonOption, natural, skipUnreadable } from '../options.ts'
import { textArt } from '../text-art.ts'

const splitNames = ['train', 'validation', 'test'] as const
type SplitName = (typeof splitNames)[number]

/** The widest bar of the histogram. */
const BAR = 20

export default command({
  summary: 'show classes, pixels and images of a dataset',
  args: { dataset: dataArgument },
  options: {
    split: option(oneOf(splitNames), 'only these images, where the data has them'),
    index: option(natural, 'draw this image, counted from 0'),
    count: option(integer(), 'draw n images'),
    skipUnreadable,
    ...dataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle data show', 'classes, pixels and the first image'],
    ['heddle data show --split test --index 7', 'draw test image 7'],
    ['heddle data show fashion-mnist-mini --count 3', 'draw the first three images'],
  ],
  async run({ dataset, split, index, count, skipUnreadable, dataDir, json }, { terminal }) {
    const named = await namedData(dataset, { skipUnreadable })
    const data = await loading({ terminal, dataDir }, named.load)
    const asked = index !== undefined || count !== undefined
    const images = imagesOf(data, { split: split ?? 'train', first: index ?? 0, howMany: count ?? 1 })
    const splits = split ? [split] : splitNames.filter(name => data[name])
    if (json) {
      terminal.print(toJson({ ...describe(data, splits), ...(asked && { images }) }, 2))
      return
    }
    if (!asked) terminal.print(`${overview(data, splits, terminal.columns)}\n`)
    terminal.print(images.map(image => drawing(image, data)).join('\n\n'))
  },
})

/** Throws a `UsageError` for validation images that the data does not have. */
function examplesOf(data: Dataset, split: SplitName): Examples {
  const examples = data[split]
  if (examples) return examples
  throw new UsageError(
    `${data.name} has no validation images of its own: a training takes some of the training images (validationSplit). ` +
      'Its splits are train and test.',
  )
}

interface Shown {
  readonly split: SplitName
  readonly index: number
  readonly label: number
  readonly className: string
  /** Bytes, row by row. */
  readonly pixels: readonly number[]
}

function imagesOf(
  data: Dataset,
  { split, first, howMany }: { readonly split: SplitName; readonly first: number; readonly howMany: number },
): Shown[] {
  const examples = examplesOf(data, split)
  examples.check(first)
  return Array.from({ length: Math.min(howMany, examples.count - first) }, (_, i) => {
    const index = first + i
    const label = examples.labels[index]!
    return { split, index, label, className: data.classNames[label]!, pixels: [...examples.at(index)] }
  })
}

function drawing({ split, index, label, className, pixels }: Shown, { imageShape }: Dataset): string {
  return `${split} ${index}: ${className} (label ${label})\n${textArt(Uint8Array.from(pixels), imageShape)}`
}

function describe(data: Dataset, splits: readonly SplitName[]) {
  const { name, fingerprint, imageShape, classNames } = data
  const described = splits.map(split => {
    const { images, labels } = examplesOf(data, split)
    const counts = countLabels(labels, classNames.length)
    const classes = classNames.map((className, label) => ({ label, className, count: counts[label]! }))
    return [split, { count: labels.length, ...moments(images), classes }] as const
  })
  return { name, fingerprint, imageShape, classNames, splits: Object.fromEntries(described) }
}

function overview(data: Dataset, splits: readonly SplitName[], width: number | undefined): string {
  const examples = splits.map(split => examplesOf(data, split))
  const counts = examples.map(({ labels }) => countLabels(labels, data.classNames.length))
  const pixels = examples.map(({ images }) => moments(images))
  const columns: readonly Column[] = [
    right('Label'),
    left('Class'),
    ...splits.flatMap((split): Column[] => [
      { title: `${split[0]!.toUpperCase()}${split.slice(1)}`, align: 'right' },
      { title: '', align: 'left', optional: true },
    ]),
  ]
  const perSplit = (cells: (i: number) => readonly [string, string]): string[] =>
    splits.flatMap((_, i) => cells(i))
  return [
    `${data.name}: images of ${data.imageShape.join(' × ')}, ${plural(data.classNames.length, 'class', 'classes')}`,
    `Fingerprint ${data.fingerprint}`,
    '',
    table(
      columns,
      [
        ...data.classNames.map((className, label) => [
          String(label),
          className,
          ...perSplit(i => [
            count(counts[i]![label]!),
            '█'.repeat(Math.round((BAR * counts[i]![label]!) / Math.max(...counts[i]!))),
          ]),
        ]),
        ['', 'All', ...perSplit(i => [count(examples[i]!.count), ''])],
        ['', 'Pixel mean', ...perSplit(i => [pixels[i]!.mean.toFixed(4), ''])],
        ['', 'Pixel std', ...perSplit(i => [pixels[i]!.std.toFixed(4), ''])],
      ],
      { width },
    ),
  ].join('\n')
}

/** Mean and standard deviation of all pixels on the scale from 0 to 1, from exact sums. */
function moments(pixels: Uint8Array): { readonly mean: number; readonly std: number } {
  let sum = 0
  let squares = 0
  for (const pixel of pixels) {
    sum += pixel
    squares += pixel * pixel
  }
  const mean = sum / pixels.length
  return { mean: mean / 255, std: Math.sqrt(squares / pixels.length - mean * mean) / 255 }
}
