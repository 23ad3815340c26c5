import { formatShape } from '../base/shape.ts'
import { count } from '../base/text.ts'
import { INPUT } from '../model/graph.ts'
import type { Model, ModelLayer } from '../model/model.ts'
import { layerOptions, shownLayerOptions } from '../nn/layers/layer-options.ts'
import { FONT, paper, type Theme } from './chart.ts'
import { type Html, html, joined } from './markup.ts'
import { modelDiagram } from './model-diagram.ts'
import type { Picture } from './picture.ts'

/** A shape on its way through the network: what made it, and the layers after it that keep it. */
interface Stage {
  readonly title: string
  readonly options: readonly string[]
  readonly shape: readonly number[]
  readonly keeps: string[]
}

const CELL = { width: 158 }
const IN_ROW = 5
/** The largest side of a volume. */
const SIDE = 112
const TOP = 100
const TITLE = 20
const LINE = 14
/** Where the shape is written. */
const FOOT = TOP + SIDE + 34
/** More lines are left out. */
const MOST_KEPT = 8
/** More stages than this are a list of layers, not a picture. */
const MOST_STAGES = 20

/**
 * A network as what an image becomes on its way through it: feature maps as stacks of squares whose sides follow their size, vectors as
 * columns of units. Layers that keep the shape are written below. A network whose layers are no chain is drawn as boxes.
 *
 * @example
 * architecture(buildModel(sequential([flatten(), dense({ units: 10 })]), [28, 28, 1]), ['a', 'b']).width // 494
 */
export function architecture(model: Model, classNames: readonly string[], theme: Theme = paper): Picture {
  const stages = stagesOf(model)
  if (stages === null || stages.length > MOST_STAGES) return modelDiagram(model, theme)
  const columns = Math.min(IN_ROW, stages.length)
  const rows = Array.from({ length: Math.ceil(stages.length / columns) }, (_, row) =>
    stages.slice(row * columns, (row + 1) * columns),
  )
  const heights = rows.map(
    row => FOOT + LINE * (1 + Math.max(...row.map(stage => keptLines(stage).length))) + 12,
  )
  const topOf = (row: number): number => heights.slice(0, row).reduce((sum, height) => sum + height, 0)
  const largest = Math.max(...stages.map(({ shape }) => (shape.length > 1 ? shape[0]! : 0)), 1)
  const drawn = stages.map((stage, i) => {
    const [x, y] = [10 + (i % columns) * CELL.width, topOf(Math.floor(i / columns))]
    const isLast = i === stages.length - 1
    const arrow = isLast ? null : arrowFrom(x, y, { isTurn: (i + 1) % columns === 0, theme })
    return html`<g transform="translate(${x} ${y})">${cell(stage, { largest, theme, names: isLast ? classNames : [] })}</g>${arrow}`
  })
  const [width, height] = [20 + columns * CELL.width, topOf(rows.length)]
  const content = html`<g font-family="${FONT}" fill="${theme.text}" font-size="11" text-anchor="middle">
<rect width="${width}" height="${height}" fill="${theme.page}"/>
<defs><marker id="${theme.ids}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${theme.axis}"/></marker></defs>
${joined(drawn)}
</g>`
  return { width, height, content }
}

/** `null`: the layers are no chain. */
function stagesOf({ inputShape, layers }: Model): Stage[] | null {
  const stages: Stage[] = [{ title: 'image', options: [], shape: inputShape, keeps: [] }]
  let previous = INPUT
  for (const layer of layers) {
    if (layer.inputs.length !== 1 || layer.inputs[0] !== previous) return null
    previous = layer.name
    const { shape, keeps } = stages.at(-1)!
    // A layer with weights has a place of its own, even where the shape stays.
    const isKept = formatShape(layer.outputShape) === formatShape(shape) && layer.multiplyAdds === 0
    if (isKept) keeps.push(keptText(layer))
    else stages.push(stageOf(layer))
  }
  return stages
}

function stageOf({ className, layer, outputShape, parameterCount }: ModelLayer): Stage {
  const options = shownLayerOptions(layer)
  const size = parameterCount > 0 ? [`${count(parameterCount)} parameters`] : []
  return { title: className, options: [...options, ...size], shape: outputShape, keeps: [] }
}

function keptText({ className, layer }: ModelLayer): string {
  const options = layerOptions(layer)
  return options ? `${className} (${options})` : className
}

interface Drawn {
  readonly largest: number
  readonly theme: Theme
  /** The names of the classes, which stand beside the last units. */
  readonly names: readonly string[]
}

/** The layers after a stage that keep its shape. */
function keptLines({ keeps }: Stage): string[] {
  return keeps.flatMap(text => wrapped(`+ ${text}`)).slice(0, MOST_KEPT)
}

function cell(stage: Stage, drawn: Drawn): Html {
  const { title, options, shape } = stage
  const middle = (CELL.width - 26) / 2
  const shown = options.length > 4 ? [...options.slice(0, 3), `… ${options.length - 3} more`] : options
  const head = [title, ...shown].map((line, i) => lineOf(line, middle, TITLE + LINE * i, i === 0))
  const body = shape.length > 1 ? maps(shape, drawn) : units(shape[0]!, drawn)
  return joined([
    ...head,
    body,
    lineOf(shape.join(' × '), middle, FOOT, false),
    ...keptLines(stage).map((line, i) => lineOf(line, middle, FOOT + LINE * (i + 1), false)),
  ])
}

function lineOf(text: string, x: number, y: number, isBold: boolean): Html {
  const squeezed = text.length * 6.6 > CELL.width - 22
  const fit = squeezed ? html` textLength="${CELL.width - 22}" lengthAdjust="spacingAndGlyphs"` : null
  return html`<text x="${x}" y="${y}"${isBold ? html` font-weight="bold"` : null}${fit}>${text}</text>`
}

/** Lines of about the width of a cell, broken between words. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 21) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** `[height, width, channels]` or `[length, channels]`: some sheets, the more of them the more channels there are. */
function maps(shape: readonly number[], { largest, theme }: Drawn): Html {
  const channels = shape.at(-1)!
  const [high, wide] = shape.length > 2 ? [shape[0]!, shape[1]!] : [shape[0]!, largest / 8]
  const scale = (size: number): number => Math.max(6, SIDE * Math.sqrt(Math.min(1, size / largest)))
  const sheets = Math.min(channels, 2 + Math.round(Math.log2(channels)))
  const step = sheets > 1 ? Math.min(5, 30 / (sheets - 1)) : 0
  const [height, width] = [scale(high) * 0.82, scale(wide) * 0.82]
  const left = (CELL.width - 26 - width - step * (sheets - 1)) / 2
  const top = TOP + (SIDE - height + step * (sheets - 1)) / 2
  return joined(
    Array.from({ length: sheets }, (_, i) => {
      // The farthest first.
      const at = sheets - 1 - i
      return html`<rect x="${(left + at * step).toFixed(1)}" y="${(top - at * step).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${theme.page}" stroke="${theme.lines[0]!}"/>`
    }),
  )
}

const MOST_UNITS = 10

/** A column of units; of many, the first and the last ones. */
function units(length: number, { theme, names }: Drawn): Html {
  const middle = (CELL.width - 26) / 2
  const isWhole = length <= MOST_UNITS
  const drawn = isWhole ? length : MOST_UNITS - 1
  const step = (SIDE + 12) / MOST_UNITS
  const top = TOP - 6 + (SIDE + 12 - step * MOST_UNITS) / 2
  const x = names.length > 0 && isWhole ? 20 : middle
  return joined(
    Array.from({ length: isWhole ? drawn : MOST_UNITS }, (_, i) => {
      const y = (top + step * (i + 0.5)).toFixed(1)
      if (!isWhole && i === MOST_UNITS - 2) return html`<text x="${x}" y="${y}">⋮</text>`
      const unit = html`<circle cx="${x}" cy="${y}" r="4.4" fill="${theme.page}" stroke="${theme.lines[1]!}"/>`
      const name = isWhole ? names[i] : undefined
      return name === undefined
        ? unit
        : html`${unit}<text x="${x + 10}" y="${(Number(y) + 3.5).toFixed(1)}" text-anchor="start" font-size="10">${name}</text>`
    }),
  )
}

/** To the next stage; at the end of a row, down and back to its beginning is left to the reader's eye. */
function arrowFrom(
  x: number,
  y: number,
  { isTurn, theme }: { readonly isTurn: boolean; readonly theme: Theme },
): Html {
  const [from, level] = [x + CELL.width - 28, y + TOP + SIDE / 2]
  const to = from + (isTurn ? 18 : 24)
  return html`<path d="M${from} ${level}H${to}" fill="none" stroke="${theme.axis}" stroke-width="1.4" marker-end="url(#${theme.ids}-tip)"/>`
}
