import { withinLater } from '../base/errors.ts'
import { type FilePlace, readPretrained } from '../network/pretrained.ts'
import type { ExperimentSpec } from './experiment.ts'

/** The experiment with the files of its models' pretrained parts read. Throws as `readPretrained` does, with the name of the model. */
export async function withPretrainedParts(
  experiment: ExperimentSpec,
  place: FilePlace,
): Promise<ExperimentSpec> {
  const models: [string, ExperimentSpec['models'][string]][] = []
  for (const [name, model] of Object.entries(experiment.models)) {
    models.push([name, await withinLater(`Model "${name}"`, () => readPretrained(model, place))])
  }
  return { ...experiment, models: Object.fromEntries(models) }
}
