import { count } from '../base/text.ts'
import { INPUT } from '../model/graph.ts'
import type { Model, ModelLayer } from '../model/model.ts'
import { shownLayerOptions } from '../nn/layers/layer-options.ts'
import { FONT, type Theme } from './chart.ts'
import { type Html, html, joined } from './markup.ts'
import type { Picture } from './picture.ts'

const BOX = { width: 300, height: 44, gap: 20, left: 12 }
/** Options are written below a layer's shape, in lines of about this many characters. */
const OPTION_LINE = { characters: 52, height: 13 }
/** Every path around layers has a lane of its own beside them. */
const LANE = 16

/**
 * A model's layers from the image down, with shapes, parameters and options; a line beside them shows what a layer reads past its neighbour.
 *
 * @example
 * String(modelDiagram(buildModel(sequential([flatten(), dense({ units: 10 })]), [28, 28, 1]), paper).content).includes('7,850 parameters') // true
 */
export function modelDiagram(model: Model, theme: Theme): Picture {
  const names = [INPUT, ...model.layers.map(({ name }) => name)]
  const boxes: Box[] = []
  let nextTop = 8
  for (const box of [imageBox(model), ...model.layers.map(layerBox)]) {
    const height = BOX.height + OPTION_LINE.height * box.options.length
    boxes.push({ ...box, top: nextTop, height })
    nextTop += height + BOX.gap
  }
  const around = model.layers.flatMap(({ name, inputs }) =>
    inputs
      .map(input => [names.indexOf(input), names.indexOf(name)] as const)
      .filter(([from, to]) => to - from > 1),
  )
  const width = BOX.left + BOX.width + 12 + around.length * LANE
  const height = nextTop - BOX.gap + 8
  const middle = BOX.left + BOX.width / 2
  const straight = model.layers.flatMap(({ inputs }, i) =>
    inputs.includes(names[i]!) ? [`M${middle} ${bottomOf(boxes[i]!)}V${boxes[i + 1]!.top - 2}`] : [],
  )
  const lanes = around.map(([from, to], lane) => {
    const right = BOX.left + BOX.width
    const x = right + 10 + lane * LANE
    return `M${right} ${middleOf(boxes[from]!)}H${x}V${middleOf(boxes[to]!)}H${right + 2}`
  })
  const content = html`<g font-family="${FONT}" fill="${theme.text}" text-anchor="middle">
<defs><marker id="${theme.ids}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${theme.axis}"/></marker></defs>
${joined([...boxes.map(box => drawnBox(box, theme)), ...[...straight, ...lanes].map(path => arrow(path, theme))])}
</g>`
  return { width, height, content }
}

interface BoxText {
  readonly title: string
  readonly text: string
  readonly options: readonly string[]
}

interface Box extends BoxText {
  readonly top: number
  readonly height: number
}

function imageBox({ inputShape }: Model): BoxText {
  return { title: 'image', text: inputShape.join(' × '), options: [] }
}

function layerBox({ name, className, outputShape, parameterCount, layer }: ModelLayer): BoxText {
  const size = parameterCount > 0 ? `, ${count(parameterCount)} parameters` : ''
  return {
    title: `${name} (${className})`,
    text: `${outputShape.join(' × ')}${size}`,
    options: linesOf(shownLayerOptions(layer)),
  }
}

/** Lines of whole options; a longer option has a line of its own. */
function linesOf(options: readonly string[]): string[] {
  const lines: string[] = []
  for (const option of options) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + option.length < OPTION_LINE.characters) {
      lines[lines.length - 1] = `${last}, ${option}`
    } else lines.push(option)
  }
  return lines
}

const bottomOf = ({ top, height }: Box): number => top + height
const middleOf = ({ top, height }: Box): number => top + height / 2

function drawnBox({ top, height, title, text, options }: Box, theme: Theme): Html {
  const x = BOX.left + BOX.width / 2
  const lines = [text, ...options].map(
    (content, i) =>
      html`<text x="${x}" y="${top + 34 + OPTION_LINE.height * i}" font-size="${i === 0 ? 11 : 10}">${content}</text>`,
  )
  return html`<rect x="${BOX.left}" y="${top}" width="${BOX.width}" height="${height}" rx="6" fill="none" stroke="${theme.axis}"/><text x="${x}" y="${top + 18}" font-size="12" font-weight="bold">${title}</text>${lines}`
}

function arrow(path: string, theme: Theme): Html {
  return html`<path d="${path}" fill="none" stroke="${theme.axis}" marker-end="url(#${theme.ids}-tip)"/>`
}
