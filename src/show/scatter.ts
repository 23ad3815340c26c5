import { percent } from '../base/text.ts'
import type { Embedding } from '../protocol/explanations.ts'
import { FONT, paper } from './chart.ts'
import { type Html, html, joined } from './markup.ts'
import type { Picture } from './picture.ts'

const SIDE = 620
const LEGEND = 150
const MARGIN = 44

/**
 * Images as points in the colour of their class; where there are more classes than colours, the next ones are squares.
 *
 * @example
 * const embedding = { method: 'pca', layer: 'dense', points: [[0, 0], [1, 2]], about: { shares: [0.5, 0.2] } }
 * String(scatter(embedding, { labels: [0, 1], classNames: ['cat', 'dog'] }).content).includes('50 % of the variance') // true
 */
export function scatter(
  { method, layer, points, about }: Embedding,
  { labels, classNames }: { readonly labels: ArrayLike<number>; readonly classNames: readonly string[] },
): Picture {
  const range = (axis: 0 | 1): readonly [number, number] => {
    const values = points.map(point => point[axis])
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return [low, Math.max(high - low, Number.MIN_VALUE)]
  }
  const [across, up] = [range(0), range(1)]
  const drawn = points.map(([x, y], i) =>
    mark(labels[i]!, [
      MARGIN + (SIDE * (x - across[0])) / across[1],
      MARGIN + SIDE - (SIDE * (y - up[0])) / up[1],
    ]),
  )
  const legend = classNames.map((name, label) => {
    const y = MARGIN + 14 + label * 22
    return html`${mark(label, [SIDE + 2 * MARGIN, y])}<text x="${SIDE + 2 * MARGIN + 12}" y="${y + 4}" font-size="12">${name}</text>`
  })
  const [width, height] = [SIDE + 2 * MARGIN + LEGEND, SIDE + 2 * MARGIN + 12]
  const what = method === 'pca' ? 'PCA' : 'UMAP'
  const [xName, yName] =
    'shares' in about
      ? about.shares.map((share, axis) => `axis ${axis + 1}: ${percent(share, 0)} of the variance`)
      : [`${about.neighbors} neighbours, least distance ${about.minDist}, seed ${about.seed}`, '']
  const axis = html`font-size="12" text-anchor="middle" fill="${paper.axis}"`
  const content = html`<g font-family="${FONT}" fill="${paper.text}">
<rect width="${width}" height="${height}" fill="#FFFFFF"/>
<text x="12" y="25" font-size="15" font-weight="bold">${points.length} images by ${what} of the layer ${layer}</text>
<rect x="${MARGIN - 8}" y="${MARGIN - 8}" width="${SIDE + 16}" height="${SIDE + 16}" fill="none" stroke="${paper.grid}"/>
${joined([...drawn, ...legend])}
<text x="${MARGIN + SIDE / 2}" y="${SIDE + 2 * MARGIN - 8}" ${axis}>${xName!}</text>
<text transform="translate(${MARGIN - 18} ${MARGIN + SIDE / 2}) rotate(-90)" ${axis}>${yName!}</text>
</g>`
  return { width, height, content }
}

function mark(label: number, [x, y]: readonly [number, number]): Html {
  const { lines } = paper
  const fill = html`fill="${lines[label % lines.length]!}" fill-opacity="0.7"`
  return label % (2 * lines.length) < lines.length
    ? html`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.2" ${fill}/>`
    : html`<rect x="${(x - 3).toFixed(1)}" y="${(y - 3).toFixed(1)}" width="6" height="6" ${fill}/>`
}
