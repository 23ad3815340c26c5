import { UsageError } from '../../base/errors.ts'
import { integer, oneOf } from '../../base/schema.ts'
import { count, plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Examples } from '../../data/examples.ts'
import { splitFacts } from '../../insight/audit/audit-data.ts'
import { toJson } from '../../protocol/json.ts'
import { type Column, left, right, table } from '../../show/table.ts'
import { command, option } from '../command.ts'
import { loading } from '../loading.ts'
import { namedData } from '../named-data.ts'
import { dataArgument, dataOptions, jsonOption, natural, skipUnreadable } from '../options.ts'

const splitNames = ['train', 'validation', 'test'] as const
type SplitName = (typeof splitNames)[number]

/** The widest bar of the histogram. */
const BAR = 20

export default command({
  summary: 'show classes, pixels and images of a dataset',
  args: { dataset: dataArgument },
  options: {
    split: option(oneOf(splitNames), 'only the images of this split'),
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
    const { count, mean, std, classes } = splitFacts(examplesOf(data, split), classNames)
    const named = classes.map(({ name, count }, label) => ({ label, className: name, count }))
    return [split, { count, mean, std, classes: named }] as const
  })
  return { name, fingerprint, imageShape, classNames, splits: Object.fromEntries(described) }
}

function overview(data: Dataset, splits: readonly SplitName[], width: number | undefined): string {
  const facts = splits.map(split => splitFacts(examplesOf(data, split), data.classNames))
  const counts = facts.map(({ classes }) => classes.map(one => one.count))
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
        ['', 'All', ...perSplit(i => [count(facts[i]!.count), ''])],
        ['', 'Pixel mean', ...perSplit(i => [facts[i]!.mean.toFixed(4), ''])],
        ['', 'Pixel std', ...perSplit(i => [facts[i]!.std.toFixed(4), ''])],
      ],
      { width },
    ),
  ].join('\n')
}
/** From black to white, ten steps. */
const shades = ' .:-=+*#%@'

/**
 * An image as text, two characters to a pixel because characters are twice as high as wide; colours as their mean.
 *
 * `image` is bytes `[height, width, channels]`.
 *
 * @example
 * textArt(Uint8Array.of(0, 255, 128, 0), [2, 2, 1]) // '  @@\n++'
 */
export function textArt(
  image: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): string {
  const shadeOf = (pixel: number): string => {
    const bytes = image.subarray(pixel * channels, (pixel + 1) * channels)
    const mean = bytes.reduce((sum, byte) => sum + byte, 0) / channels
    return shades[Math.min(shades.length - 1, Math.floor((mean / 256) * shades.length))]!.repeat(2)
  }
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => shadeOf(y * width + x))
      .join('')
      .trimEnd(),
  )
  return rows.join('\n')
}
