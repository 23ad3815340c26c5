import { UsageError } from '../../base/errors.ts'
import { kindOf } from '../../base/files.ts'
import { integer, number } from '../../base/schema.ts'
import { count, plural } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import { auditData } from '../../insight/audit/index.ts'
import type { DataAudit, ImageOf } from '../../protocol/audit.ts'
import { toJson } from '../../protocol/json.ts'
import { table } from '../../show/table.ts'
import { chooseEngine } from '../choose-engine.ts'
import { command } from '../command.ts'
import { interruptible } from '../interrupt.ts'
import { loading, stagesOn } from '../loading.ts'
import { namedData } from '../named-data.ts'
import { off, option } from '../option.ts'
import { dataArgument, dataOptions, engineOptions, jsonOption, outOption, seed } from '../options.ts'
import type { OutFolder } from '../out-folder.ts'

/** How many suspects and outliers the page names. */
const NAMED = 10

export default command({
  summary: 'find what is odd about a dataset: balance, copies, outliers, doubtful labels',
  args: { dataset: dataArgument },
  options: {
    below: option(number(undefined, { min: 0, max: 255 }), {
      value: 'rms',
      help: 'near-duplicates differ by less, 0 to 255',
      otherwise: '10',
    }),
    labels: off('train no networks, and leave the labels unjudged'),
    seed,
    imageSize: option(integer(), 'stretch the images of a folder to n × n'),
    out: outOption,
    ...engineOptions,
    ...dataOptions,
    ...jsonOption,
  },
  examples: [
    ['heddle data audit', 'all 70,000 images of Fashion-MNIST'],
    ['heddle data audit photos --image-size 64 --out audit', 'a folder with a folder for each class'],
    ['heddle data audit my.ts --no-labels', 'the data of an experiment, in seconds'],
  ],
  async run({ dataset, below, labels, seed, imageSize, out, dataDir, json, ...engine }, { terminal }) {
    const backend = chooseEngine(engine, terminal)
    if (imageSize !== undefined && kindOf(dataset) !== 'folder')
      throw new UsageError(`--image-size is for a folder of images; ${dataset} is none.`)
    const named = await namedData(
      dataset,
      imageSize === undefined ? {} : { imageSize: [imageSize, imageSize] },
    )
    const unreadable: { file: string; reason: string }[] = []
    const onUnreadable = (file: string, reason: string): void => void unreadable.push({ file, reason })
    const { data, audit } = await interruptible(async signal => {
      const data = await loading({ terminal, dataDir }, options => named.load({ ...options, onUnreadable }))
      const stage = stagesOn(terminal)
      const audit = await auditData(data, {
        ...(below !== undefined && { below }),
        labels,
        seed,
        backend,
        signal,
        unreadable,
        onProgress: message => stage(`Auditing: ${message}`),
      })
      return { data, audit }
    })
    if (out) await writeAll(out, audit, data)
    terminal.print(json ? toJson(audit, 2) : pageOf(audit, terminal.columns))
    if (out) terminal.notice(`Wrote ${out.files.join(', ')} to ${out.path}.`)
  },
})

async function writeAll(out: OutFolder, audit: DataAudit, data: Dataset): Promise<void> {
  // Load resvg, which only pictures need.
  const [{ auditPictures }, { rasterize }] = await Promise.all([
    import('../../show/audit-pictures.ts'),
    import('../../show/rasterize.ts'),
  ])
  out.write('audit.json', `${toJson(audit, 2)}\n`)
  for (const [name, svg] of auditPictures(audit, data)) out.write(`${name}.png`, rasterize(svg))
}

function pageOf(audit: DataAudit, width: number | undefined): string {
  const { dataset, splits, duplicates, outliers, labels, findings } = audit
  const { near, exact, mirrored } = duplicates
  const { train, test } = splits
  return [
    `${dataset.name}: ${count(train.count)} training and ${count(test.count)} test images of ${dataset.imageShape.join(' × ')}`,
    table(
      [
        { title: 'Class', align: 'left' },
        { title: 'Train', align: 'right' },
        { title: 'Test', align: 'right' },
        { title: 'Mean pixel', align: 'right' },
      ],
      [
        ...train.classes.map(({ name, count: images, mean }, c) => [
          name,
          count(images),
          count(test.classes[c]!.count),
          mean.toFixed(3),
        ]),
        ['All', count(train.count), count(test.count), train.mean.toFixed(3)],
      ],
    ),
    table(
      [
        { title: 'Copies', align: 'left' },
        { title: 'Found', align: 'right' },
      ],
      [
        ['the same bytes, groups', count(exact.length)],
        ['mirrored, pairs', count(mirrored.length)],
        [`RMS below ${near.below}, pairs`, count(near.pairs.length)],
        ['  within train', count(near.withinTrain)],
        ['  within test', count(near.withinTest)],
        ['  across', `${count(near.across)}, of ${plural(near.testImages, 'test image')}`],
      ],
    ),
    imageTable(
      `Least like any other (half of all images are within RMS ${outliers.medianRms.toFixed(0)} of a sample)`,
      'RMS',
      outliers.images.slice(0, NAMED).map(image => [image, image.rms.toFixed(1)] as const),
      width,
    ),
    ...('refused' in labels ? [`Labels were not judged: ${labels.refused}.`] : labelBlocks(labels, width)),
    findings.length > 0
      ? ['Findings', ...findings.map(finding => `  - ${finding}`)].join('\n')
      : 'Nothing odd was found.',
  ].join('\n\n')
}

function labelBlocks(
  labels: Exclude<DataAudit['labels'], { readonly refused: string }>,
  width: number | undefined,
): string[] {
  const { suspects, scores, folds, epochs, accuracy } = labels
  return [
    `Labels, judged by ${folds} small networks on images they were not trained on (${plural(epochs, 'epoch')}, ` +
      `${(100 * accuracy).toFixed(1)} % right): ${plural(suspects.length, 'suspect')}`,
    ...(suspects.length === 0
      ? []
      : [
          imageTable(
            'Least plausible',
            'Looks like',
            suspects
              .slice(0, NAMED)
              .map(
                one =>
                  [
                    one,
                    `${one.suggested} (${one.ofSuggested.toFixed(2)}, own ${one.ofLabel.toFixed(2)})`,
                  ] as const,
              ),
            width,
          ),
        ]),
    table(
      [
        { title: 'Trained on', align: 'left' },
        { title: 'Images', align: 'right' },
        { title: 'Right, all of test', align: 'right' },
        { title: 'Right, test without suspects', align: 'right' },
      ],
      scores.map(({ trainedOn, images, onAll, onUnsuspected }) => [
        trainedOn,
        count(images),
        onAll.toFixed(4),
        onUnsuspected.toFixed(4),
      ]),
    ),
    'One seed. Suspects of the test are images that networks get wrong: without them every score is higher; compare within a column.',
  ]
}

function imageTable(
  title: string,
  last: string,
  images: readonly (readonly [ImageOf, string])[],
  width: number | undefined,
): string {
  return table(
    [
      { title, align: 'left' },
      { title: 'Label', align: 'left' },
      { title: last, align: 'left' },
    ],
    images.map(([{ split, index, label, file }, cell]) => [file ?? `${split} ${index}`, label, cell]),
    { width },
  )
}
