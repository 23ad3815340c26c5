import { type DataSource, loadDataset } from '../../data/source.ts'
import type { ModelSpec } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import { summary as summaryOf } from '../../model/summary.ts'
import type { Shape } from '../../tensor/shape.ts'
import { loadExperiment } from '../load-experiment.ts'
import { type Flags, notice, pick, setting } from '../settings.ts'

/** `heddle summary`: the layers of each model of an experiment. */
export async function summary(experimentName: string, flags: Flags): Promise<void> {
  const { spec, folder } = await loadExperiment(experimentName)
  const models = pick(spec.models, setting(flags, 'model')?.value)
  const shape = await inputShapeFor(Object.values(models), spec.data, async () => {
    const data = await loadDataset(spec.data, {
      baseDir: folder,
      dataDir: setting(flags, 'dataDir')?.value,
      onNotice: notice,
    })
    return data.imageShape
  })
  const built = Object.entries(models).map(([name, model]) => ({ name, model: buildModel(model, shape) }))
  if (!flags.json) {
    process.stdout.write(`${built.map(({ name, model }) => summaryOf(model, name)).join('\n\n')}\n`)
    return
  }
  const described = built.map(({ name, model }) => ({
    name,
    params: model.parameterCount,
    multiplyAdds: model.multiplyAdds,
    layers: model.layers.map(layer => ({
      name: layer.name,
      className: layer.className,
      inputs: layer.inputs,
      outputShape: layer.outputShape,
      params: layer.parameterCount,
      multiplyAdds: layer.multiplyAdds,
      receptiveField: layer.receptiveField,
    })),
  }))
  process.stdout.write(`${JSON.stringify(described)}\n`)
}

/** Only data whose shape is not known beforehand has to be loaded. */
async function inputShapeFor(
  models: readonly ModelSpec[],
  data: DataSource,
  load: () => Promise<Shape>,
): Promise<Shape | undefined> {
  if (data.kind === 'fashionMnist' || data.kind === 'fashionMnistMini') return [28, 28, 1]
  return models.every(model => model.inputShape !== null) ? undefined : load()
}
