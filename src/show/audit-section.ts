import { count, percent, plural, points } from '../base/text.ts'
import type { DataAudit, ImageOf } from '../protocol/audit.ts'
import {
  type Block,
  type Images,
  note,
  type Section,
  section,
  tableBlock,
  text,
} from '../protocol/section.ts'
import { type Cell, type Table, tableOf } from '../protocol/table.ts'

/** How many images of a kind are shown, and how many are named in a terminal. */
const SHOWN = 20
const NAMED = 10

/** What is odd about the data: in words, and the images that show it. */
export function auditSection(audit: DataAudit): Section {
  const { findings } = audit
  const title = findings.length === 0 ? 'No problems were found.' : plural(findings.length, 'finding')
  return section('audit', 'Audit', [
    section('findings', title, [{ kind: 'list', items: findings }]),
    labelsSection(audit.labels),
    copiesSection(audit),
    oddImagesSection(audit),
  ])
}

/** How many images of each class there are, and how bright they are. */
export function auditedClasses({ dataset, splits: { train, test } }: DataAudit): Block[] {
  const { name, imageShape } = dataset
  const rows = train.classes.map(({ name, count: images, mean }, c) => ({
    name,
    train: images,
    test: test.classes[c]!.count,
    mean,
  }))
  const all = { name: 'All', train: train.count, test: test.count, mean: train.mean }
  const table = tableOf(
    [...rows, all],
    [
      ['class', 'Class', row => row.name],
      ['train', 'Train', row => row.train, count],
      ['test', 'Test', row => row.test, count],
      ['mean', 'Mean pixel', row => row.mean, mean => mean.toFixed(3)],
    ],
  )
  return [
    text(
      `${name}: ${count(train.count)} training and ${count(test.count)} test images of ${imageShape.join(' × ')}`,
    ),
    tableBlock('classes', table),
  ]
}

/** `test 12`: an image of the data, within its split. */
export function imageName({ split, index }: Pick<ImageOf, 'split' | 'index'>): string {
  return `${split} ${index}`
}

function labelsSection(labels: DataAudit['labels']): Section {
  const of = (blocks: readonly Block[]): Section => section('labels', 'Doubtful labels', blocks)
  if ('refused' in labels) return of([text(`Labels were not judged: ${labels.refused}.`)])
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
  const scoresTable = tableOf(scores, [
    ['trainedOn', 'Trained on', score => score.trainedOn],
    ['images', 'Images', score => score.images, count],
    ['onAll', 'Right, all of test, %', score => score.onAll, share => points(share)],
    ['onUnsuspected', 'Without suspects, %', score => score.onUnsuspected, share => points(share)],
  ])
  return of([
    text(
      `${folds} small networks (${plural(epochs, 'epoch')}, ${percent(accuracy, 1)} right) judged images that they were not trained on, ` +
        `and put ${plural(suspects.length, 'image')} into another class; the least plausible first.`,
    ),
    ...(suspects.length > 0 ? [images] : []),
    tableBlock('scores', scoresTable),
    note(
      'One seed. Suspects of the test are images that networks get wrong: without them every score is higher; compare within a column.',
    ),
  ])
}

function copiesSection({ duplicates: { exact, mirrored, near } }: DataAudit): Section {
  const across = `${count(near.across)}, of ${plural(near.testImages, 'test image')}`
  const found: readonly (readonly [kind: string, found: number | Cell])[] = [
    ['the same bytes, groups', exact.length],
    ['mirrored, pairs', mirrored.length],
    [`RMS below ${near.below}, pairs`, near.pairs.length],
    ['  within train', near.withinTrain],
    ['  within test', near.withinTest],
    ['  across', { value: near.across, text: across }],
  ]
  const table = tableOf(found, [
    ['kind', 'Copies', ([kind]) => kind],
    ['found', 'Found', ([, number]) => number, count],
  ])
  const groups = [
    ...exact.map(images => ({ images, caption: `${images.map(imageName).join(' and ')}: the same` })),
    ...near.pairs.map(({ first, second, rms }) => ({
      images: [first, second],
      caption: `${imageName(first)} and ${imageName(second)}: RMS ${rms.toFixed(1)}`,
    })),
  ]
  return section('copies', 'Copies', [
    tableBlock('copies', table),
    { kind: 'images', name: 'pairs', groups: groups.slice(0, SHOWN) },
  ])
}

function oddImagesSection({ blank, unreadable, outliers }: DataAudit): Section {
  const half = `half of all images are within RMS ${outliers.medianRms.toFixed(0)} of a sample`
  return section('outliers', 'Unlike all others', [
    text(
      `${plural(blank.length, 'blank image')}, ${plural(unreadable.length, 'unreadable file')}. Least like any other (${half}):`,
    ),
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
  ])
}

/** Images by their file, or their place in the data. */
function imagesTable(title: string, last: string, images: readonly (readonly [ImageOf, string])[]): Table {
  return tableOf(images.slice(0, NAMED), [
    ['image', title, ([image]) => image.file ?? imageName(image)],
    ['label', 'Label', ([image]) => image.label],
    ['last', last, ([, text]) => text],
  ])
}
