import { formatShape } from '../base/shape.ts'
import { layerOptions } from '../nn/layers/layer-options.ts'
import { INPUT } from './graph.ts'
import type { Model, ModelLayer } from './model.ts'
import { pretrainedText } from './pretrained.ts'

const count = new Intl.NumberFormat('en-US')

interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  readonly cell: (layer: ModelLayer) => string
}

const columns: readonly Column[] = [
  { title: 'Layer (type)', align: 'left', cell: ({ name, className }) => `${name} (${className})` },
  { title: 'Output Shape', align: 'left', cell: ({ outputShape }) => formatShape(outputShape) },
  { title: 'Param #', align: 'right', cell: ({ parameterCount }) => count.format(parameterCount) },
  { title: 'Multiply-adds', align: 'right', cell: ({ multiplyAdds }) => count.format(multiplyAdds) },
  { title: 'Receptive field', align: 'right', cell: ({ receptiveField }) => receptiveField.join(' × ') },
]

const connectedTo: Column = { title: 'Connected to', align: 'left', cell: ({ inputs }) => inputs.join(', ') }

const options: Column = { title: 'Options', align: 'left', cell: ({ layer }) => layerOptions(layer) }

/**
 * A table of the model's layers in the layout of Keras' `summary()`, with the multiply-adds of one example, the part
 * of the image that one output sees, and the options that are not defaults. A graph that is not a chain shows what each layer reads.
 *
 * @example
 * summary(buildModel(sequential([flatten(), dense({ units: 10 })]), [28, 28, 1])).includes('Total params: 7,850') // true
 */
export function summary(model: Model, name = 'model'): string {
  const isChain = model.layers.every(
    ({ inputs }, i) => inputs.length === 1 && inputs[0] === (model.layers[i - 1]?.name ?? INPUT),
  )
  const shown = [...columns, ...(isChain ? [] : [connectedTo]), options]
  const rows = [
    shown.map(column => column.title),
    ...model.layers.map(layer => shown.map(({ cell }) => cell(layer))),
  ]
  const widths = shown.map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (shown[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('   ')
      .trimEnd()
  const width = widths.reduce((sum, column) => sum + column + 3, -3)
  const [header, ...body] = rows as [string[], ...string[][]]
  return [
    `Model: "${name}"`,
    '_'.repeat(width),
    line(header),
    '='.repeat(width),
    ...body.map(line),
    '='.repeat(width),
    `Total params: ${total(model.parameterCount)}`,
    `Trainable params: ${total(model.trainableCount)}`,
    `Non-trainable params: ${total(model.parameterCount - model.trainableCount)}`,
    `Multiply-adds per image: ${count.format(model.multiplyAdds)}`,
    ...(model.spec.pretrained ? [`Pretrained: ${pretrainedText(model.spec.pretrained)}`] : []),
    '_'.repeat(width),
  ].join('\n')
}

/** A number of float32 parameters, with the memory they take. */
function total(parameters: number): string {
  return `${count.format(parameters)} (${formatBytes(4 * parameters)})`
}

/** Bytes as Keras prints them: 1,024 to a KB, two decimals. */
function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let [size, unit] = [sizeBytes, 0]
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024
  return `${size.toFixed(2)} ${units[unit]}`
}
