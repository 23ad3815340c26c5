import { within } from '../base/errors.ts'
import type { Shape } from '../base/shape.ts'
import type { ModelSpec } from './graph.ts'
import { buildModel, type Model } from './model.ts'

/** `buildModel` with the model's name before what is wrong with it. */
export function buildNamed(name: string, spec: ModelSpec, shape?: Shape): Model {
  return within(`Model "${name}"`, () => buildModel(spec, shape))
}
