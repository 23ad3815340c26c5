import { count, plural, points } from '../base/text.ts'
import type { Dataset } from '../data/dataset.ts'
import type { DataAudit, ImageOf } from '../protocol/audit.ts'
import { escapeXml } from './escape.ts'
import { htmlTable, number } from './html-table.ts'
import { warningList } from './report-parts.ts'
import { smallImage } from './small-image.ts'

/** Of each kind of oddity as many images are shown. */
const [PAIRS, SUSPECTS, OUTLIERS] = [8, 20, 10]

/** What is odd about the data: in words, and the images that show it. */
export function auditSection(audit: DataAudit, data: Dataset): string {
  const { duplicates, outliers, labels, unreadable, blank, findings } = audit
  const { near, exact } = duplicates
  const picture = ({ split, index, label }: ImageOf): string =>
    String(smallImage(data[split].at(index), data.imageShape, `${split} ${index}: ${label}`, 2))
  const figure = (images: readonly ImageOf[], caption: string): string =>
    `<figure><div class="images tight">${images.map(picture).join('')}</div><figcaption>${escapeXml(caption)}</figcaption></figure>`
  const gallery = (figures: readonly string[]): string => `<div class="images">${figures.join('\n')}</div>`
  const name = ({ split, index }: ImageOf): string => `${split} ${index}`
  return [
    '<h3>Audit</h3>',
    findings.length > 0 ? warningList(findings) : '<p>Nothing odd was found.</p>',
    `<p>${plural(exact.length, 'group')} of equal images, ${plural(near.pairs.length, 'pair')} of nearly equal ones (RMS below ` +
      `${near.below}), ${count(near.across)} of them between training and test; ${plural(blank.length, 'blank image')}, ` +
      `${plural(unreadable.length, 'unreadable file')}.</p>`,
    gallery(
      near.pairs
        .slice(0, PAIRS)
        .map(({ first, second, rms }) =>
          figure([first, second], `${name(first)} and ${name(second)}: RMS ${rms.toFixed(1)}`),
        ),
    ),
    `<p>Least like any other image:</p>`,
    gallery(
      outliers.images.slice(0, OUTLIERS).map(image => figure([image], `${name(image)}: ${image.label}`)),
    ),
    ...('refused' in labels
      ? [`<p>${escapeXml(labels.refused)}</p>`]
      : [
          `<p>${plural(labels.suspects.length, 'label')} are doubtful: networks that had not seen the image (${labels.folds} folds, ` +
            `${plural(labels.epochs, 'epoch')}) put it into another class. The least plausible:</p>`,
          gallery(
            labels.suspects
              .slice(0, SUSPECTS)
              .map(suspect =>
                figure([suspect], `${name(suspect)}: ${suspect.label}, or ${suspect.suggested}?`),
              ),
          ),
          '<p>What that is worth: a small network, trained and tested with these images and without them.</p>',
          htmlTable(
            [
              'Trained on',
              number('Images'),
              number('Accuracy, all, %'),
              number('Accuracy without suspects, %'),
            ],
            labels.scores.map(({ trainedOn, images, onAll, onUnsuspected }) => [
              trainedOn,
              count(images),
              points(onAll),
              points(onUnsuspected),
            ]),
          ),
        ]),
  ].join('\n')
}
