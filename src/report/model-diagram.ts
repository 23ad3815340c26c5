import { INPUT } from '../model/graph.ts'
import type { Model, ModelLayer } from '../model/model.ts'
import { FONT } from './chart.ts'
import { escapeXml } from './escape.ts'
import { count } from './format.ts'

const BOX = { width: 300, height: 44, gap: 20, left: 12 }
/** Every path around layers has a lane of its own beside them. */
const LANE = 16

/**
 * A model's layers from the image down, with shapes and parameters; what a layer reads past its neighbour is a line beside them.
 *
 * @example
 * modelDiagram(buildModel(sequential([flatten(), dense({ units: 10 })]), [28, 28, 1])).includes('7,850 parameters') // true
 */
export function modelDiagram(model: Model): string {
  const names = [INPUT, ...model.layers.map(({ name }) => name)]
  const top = (i: number): number => 8 + i * (BOX.height + BOX.gap)
  const around = model.layers.flatMap(({ name, inputs }) =>
    inputs
      .map(input => [names.indexOf(input), names.indexOf(name)] as const)
      .filter(([from, to]) => to - from > 1),
  )
  const width = BOX.left + BOX.width + 12 + around.length * LANE
  const height = top(names.length - 1) + BOX.height + 8
  const boxes = [
    box(top(0), 'image', model.inputShape.join(' × ')),
    ...model.layers.map((layer, i) => layerBox(top(i + 1), layer)),
  ]
  const middle = BOX.left + BOX.width / 2
  const straight = model.layers.flatMap(({ inputs }, i) =>
    inputs.includes(names[i]!) ? [arrow(`M${middle} ${top(i) + BOX.height}V${top(i + 1) - 2}`)] : [],
  )
  const lanes = around.map(([from, to], lane) => {
    const [right, x] = [BOX.left + BOX.width, BOX.left + BOX.width + 10 + lane * LANE]
    return arrow(`M${right} ${top(from) + BOX.height / 2}H${x}V${top(to) + BOX.height / 2}H${right + 2}`)
  })
  return [
    `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" fill="#222222" text-anchor="middle">`,
    '<defs><marker id="zr-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#666666"/></marker></defs>',
    ...boxes,
    ...straight,
    ...lanes,
    '</svg>',
  ].join('\n')
}

function layerBox(y: number, { name, className, outputShape, parameterCount, layer }: ModelLayer): string {
  const { activation } = layer as { readonly activation?: unknown }
  const kind =
    activation && activation !== 'linear'
      ? `${className}, ${String((activation as { kind?: string }).kind ?? activation)}`
      : className
  const size = parameterCount > 0 ? `, ${count(parameterCount)} parameters` : ''
  return box(y, `${name} (${kind})`, `${outputShape.join(' × ')}${size}`)
}

function box(y: number, title: string, text: string): string {
  const x = BOX.left + BOX.width / 2
  return (
    `<rect x="${BOX.left}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="none" stroke="#666666"/>` +
    `<text x="${x}" y="${y + 18}" font-size="12" font-weight="bold">${escapeXml(title)}</text>` +
    `<text x="${x}" y="${y + 34}" font-size="11">${escapeXml(text)}</text>`
  )
}

function arrow(path: string): string {
  return `<path d="${path}" fill="none" stroke="#666666" marker-end="url(#zr-tip)"/>`
}
