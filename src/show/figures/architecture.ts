import { count } from '../../base/text.ts'
import { layerOptions } from '../../nn/layers/layer-options.ts'
import { tableOf } from '../../protocol/table.ts'
import type { ReportedModel } from '../../runs/gather-report.ts'
import { architecture } from '../architecture.ts'
import { modelDiagram } from '../model-diagram.ts'
import { type CaptionedTable, type Figure, fileName } from './figure.ts'

/** What an image becomes on its way through a model, and the model's layers as boxes. */
export function architectureFigures({ name, model, evaluation }: ReportedModel): Figure[] {
  const layers = layersTable({ name, model })
  return [
    {
      name: `architecture-${fileName(name)}`,
      caption: `The network ${name}: what an image becomes from layer to layer. Squares are feature maps, their sides follow the size of the maps; circles are units. Layers after a “+” keep the shape.`,
      draw: theme => architecture(model, evaluation.classNames, theme),
      data: layers.table,
    },
    {
      name: `layers-${fileName(name)}`,
      caption: layers.caption,
      draw: theme => modelDiagram(model, theme),
      data: layers.table,
    },
  ]
}

/** The layers of a model with their shapes and what they cost. */
export function layersTable({ name, model }: Pick<ReportedModel, 'name' | 'model'>): CaptionedTable {
  return {
    name: `layers-${fileName(name)}`,
    caption: `The layers of ${name} with their output shapes, parameters and options.`,
    table: tableOf(model.layers, [
      ['name', 'Layer', layer => layer.name],
      ['type', 'Type', ({ className }) => className],
      ['options', 'Options', ({ layer }) => layerOptions(layer)],
      ['inputs', 'Reads', ({ inputs }) => inputs.join(' ')],
      ['output', 'Output', ({ outputShape }) => outputShape.join(' × ')],
      ['parameters', 'Parameters', layer => layer.parameterCount, count],
      ['multiplyAdds', 'Multiply-adds', layer => layer.multiplyAdds, count],
      ['field', 'Receptive field', ({ receptiveField }) => receptiveField.join(' × ')],
    ]),
  }
}
