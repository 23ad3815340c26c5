import { count, percent, plural, points } from '../base/text.ts'
import type { DataAudit, ImageOf } from '../protocol/audit.ts'
import type { Block, Images, Section } from '../protocol/section.ts'
import type { Table } from '../protocol/table.ts'

/** How many images of a kind are shown, and how many are named in a terminal. */
const SHOWN = 20
const NAMED = 10

/** What is odd about the data: in words, and the images that show it. */
export function auditSection(audit: DataAudit): Section {
  const { findings } = audit
  return {
    kind: 'section',
    name: 'audit',
    title: 'Audit',
    blocks: [
      {
        kind: 'section',
        name: 'findings',
        title: findings.length === 0 ? 'No problems were found.' : plural(findings.length, 'finding'),
        blocks: [{ kind: 'list', items: findings }],
      },
      labelsSection(audit.labels),
      copiesSection(audit),
      oddImagesSection(audit),
    ],
  }
}

/** How many images of each class there are, and how bright they are. */
export function auditedClasses({ dataset, splits: { train, test } }: DataAudit): Block[] {
  const { name, imageShape } = dataset
  const rows = train.classes.map(({ name, count: images, mean }, c) => ({
    class: name,
    train: images,
    test: test.classes[c]!.count,
    mean,
  }))
  return [
    {
      kind: 'text',
      text: `${name}: ${count(train.count)} training and ${count(test.count)} test images of ${imageShape.join(' × ')}`,
    },
    {
      kind: 'table',
      name: 'classes',
      table: {
        columns: [
          { key: 'class', title: 'Class' },
          { key: 'train', title: 'Train', show: count },
          { key: 'test', title: 'Test', show: count },
          { key: 'mean', title: 'Mean pixel', show: mean => mean.toFixed(3) },
        ],
        rows: [...rows, { class: 'All', train: train.count, test: test.count, mean: train.mean }],
      },
    },
  ]
}

/** `test 12`: an image of the data, within its split. */
export function imageName({ split, index }: Pick<ImageOf, 'split' | 'index'>): string {
  return `${split} ${index}`
}

function labelsSection(labels: DataAudit['labels']): Section {
  const heading = { kind: 'section', name: 'labels', title: 'Doubtful labels' } as const
  if ('refused' in labels)
    return { ...heading, blocks: [{ kind: 'text', text: `Labels were not judged: ${labels.refused}.` }] }
  const { suspects, folds, epochs, accuracy, scores } = labels
  const images: Images = {
    kind: 'images',
    name: 'suspects',
    groups: suspects.slice(0, SHOWN).map(suspect => ({
      images: [suspect],
      caption: `${imageName(suspect)}: ${suspect.label}, or ${suspect.suggested}?`,
    })),
    numbers: imagesTable(
      'Least plausible',
      'Looks like',
      suspects.map(one => [
        one,
        `${one.suggested} (${one.ofSuggested.toFixed(2)}, own ${one.ofLabel.toFixed(2)})`,
      ]),
    ),
  }
  return {
    ...heading,
    blocks: [
      {
        kind: 'text',
        text:
          `${folds} small networks (${plural(epochs, 'epoch')}, ${percent(accuracy, 1)} right) judged images that they were not trained on, ` +
          `and put ${plural(suspects.length, 'image')} into another class; the least plausible first.`,
      },
      ...(suspects.length > 0 ? [images] : []),
      {
        kind: 'table',
        name: 'scores',
        table: {
          columns: [
            { key: 'trainedOn', title: 'Trained on' },
            { key: 'images', title: 'Images', show: count },
            { key: 'onAll', title: 'Right, all of test, %', show: share => points(share) },
            { key: 'onUnsuspected', title: 'Without suspects, %', show: share => points(share) },
          ],
          rows: scores.map(score => ({ ...score })),
        },
      },
      {
        kind: 'note',
        text: 'One seed. Suspects of the test are images that networks get wrong: without them every score is higher; compare within a column.',
      },
    ],
  }
}

function copiesSection({ duplicates: { exact, mirrored, near } }: DataAudit): Section {
  const found = (kind: string, number: number) => ({ kind, found: number })
  const across = `${count(near.across)}, of ${plural(near.testImages, 'test image')}`
  return {
    kind: 'section',
    name: 'copies',
    title: 'Copies',
    blocks: [
      {
        kind: 'table',
        name: 'copies',
        table: {
          columns: [
            { key: 'kind', title: 'Copies' },
            { key: 'found', title: 'Found', show: count },
          ],
          rows: [
            found('the same bytes, groups', exact.length),
            found('mirrored, pairs', mirrored.length),
            found(`RMS below ${near.below}, pairs`, near.pairs.length),
            found('  within train', near.withinTrain),
            found('  within test', near.withinTest),
            { kind: '  across', found: { value: near.across, text: across } },
          ],
        },
      },
      {
        kind: 'images',
        name: 'pairs',
        groups: [
          ...exact.map(images => ({ images, caption: `${images.map(imageName).join(' and ')}: the same` })),
          ...near.pairs.map(({ first, second, rms }) => ({
            images: [first, second],
            caption: `${imageName(first)} and ${imageName(second)}: RMS ${rms.toFixed(1)}`,
          })),
        ].slice(0, SHOWN),
      },
    ],
  }
}

function oddImagesSection({ blank, unreadable, outliers }: DataAudit): Section {
  const half = `half of all images are within RMS ${outliers.medianRms.toFixed(0)} of a sample`
  return {
    kind: 'section',
    name: 'outliers',
    title: 'Unlike all others',
    blocks: [
      {
        kind: 'text',
        text: `${plural(blank.length, 'blank image')}, ${plural(unreadable.length, 'unreadable file')}. Least like any other (${half}):`,
      },
      {
        kind: 'images',
        name: 'outliers',
        groups: [...blank, ...outliers.images]
          .slice(0, SHOWN)
          .map(image => ({ images: [image], caption: `${imageName(image)}: ${image.label}` })),
        numbers: imagesTable(
          'Image',
          'RMS',
          outliers.images.map(image => [image, image.rms.toFixed(1)]),
        ),
      },
    ],
  }
}

/** Images by their file, or their place in the data. */
function imagesTable(title: string, last: string, images: readonly (readonly [ImageOf, string])[]): Table {
  return {
    columns: [
      { key: 'image', title },
      { key: 'label', title: 'Label' },
      { key: 'last', title: last },
    ],
    rows: images.slice(0, NAMED).map(([image, text]) => ({
      image: image.file ?? imageName(image),
      label: image.label,
      last: text,
    })),
  }
}
