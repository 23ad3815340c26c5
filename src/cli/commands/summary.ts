import { dirname } from 'node:path'
import type { Shape } from '../../base/shape.ts'
import { type DataSource, loadDataset, shapeOfSource } from '../../data/source.ts'
import type { ModelSpec } from '../../model/graph.ts'
import type { Model } from '../../model/model.ts'
import { summary as summaryOf } from '../../model/summary.ts'
import { toJson } from '../../protocol/json.ts'
import { buildNamed } from '../../train/run-experiment.ts'
import { loadExperiment, pickModels } from '../load-experiment.ts'
import { tellLoading } from '../loading.ts'
import type { Terminal } from '../terminal.ts'

export interface SummaryFlags {
  readonly model?: readonly string[]
  readonly json?: boolean
}

/** `heddle summary`: the layers of an experiment's models, without training. */
export async function summary(wanted: string, flags: SummaryFlags, terminal: Terminal): Promise<void> {
  const { experiment: written, file } = await loadExperiment(wanted, process.cwd())
  const { data, models } = pickModels(written, flags.model)
  const shape = shapeOfSource(data) ?? (await shapeOf(data, { models, file, terminal }))
  const built = Object.entries(models).map(([name, spec]) => ({ name, model: buildNamed(name, spec, shape) }))
  if (flags.json) terminal.print(toJson(built.map(describe), 2))
  else terminal.print(built.map(({ name, model }) => summaryOf(model, name)).join('\n\n'))
}

/** Loads the data, unless every model states its own shape. */
async function shapeOf(
  data: DataSource,
  context: {
    readonly models: Readonly<Record<string, ModelSpec>>
    readonly file: string
    readonly terminal: Terminal
  },
): Promise<Shape | undefined> {
  if (Object.values(context.models).every(model => model.inputShape !== null)) return undefined
  const options = { baseDir: dirname(context.file), ...tellLoading(context.terminal) }
  return (await loadDataset(data, options)).imageShape
}

function describe({ name, model }: { readonly name: string; readonly model: Model }) {
  return {
    name,
    params: model.parameterCount,
    multiplyAdds: model.multiplyAdds,
    layers: model.layers.map(layer => ({
      name: layer.name,
      className: layer.className,
      options: layer.layer,
      outputShape: layer.outputShape,
      params: layer.parameterCount,
      multiplyAdds: layer.multiplyAdds,
      receptiveField: layer.receptiveField,
    })),
  }
}
