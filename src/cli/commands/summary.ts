import type { Shape } from '../../base/shape.ts'
import { loadDataset, shapeOfSource } from '../../data/source.ts'
import { buildNamed } from '../../model/build-named.ts'
import type { Model } from '../../model/model.ts'
import { summary } from '../../model/summary.ts'
import { toJson } from '../../protocol/json.ts'
import { command } from '../command.ts'
import { namedExperiment } from '../load-experiment.ts'
import { loading } from '../loading.ts'
import { experimentArgument, jsonOption, modelOption } from '../options.ts'

export default command({
  summary: 'show layers, shapes, parameters and costs',
  args: { experiment: experimentArgument },
  options: { model: modelOption, ...jsonOption },
  examples: [
    ['heddle summary basic-vs-standard', 'all models'],
    ['heddle summary my.ts --model small --json', 'one of them, as JSON'],
  ],
  async run({ experiment: wanted, json, ...given }, { terminal }) {
    const { experiment, baseDir } = await namedExperiment(wanted, given)
    const { data, models } = experiment
    const load = async (): Promise<Shape> =>
      (await loading({ terminal, dataDir: undefined }, options => loadDataset(data, { ...options, baseDir })))
        .imageShape
    const isStated = Object.values(models).every(model => model.inputShape !== null)
    const shape = shapeOfSource(data) ?? (isStated ? undefined : await load())
    const built = Object.entries(models).map(([name, spec]) => ({
      name,
      model: buildNamed(name, spec, shape),
    }))
    if (json) terminal.print(toJson(built.map(describe), 2))
    else terminal.print(built.map(({ name, model }) => summary(model, name)).join('\n\n'))
  },
})

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
