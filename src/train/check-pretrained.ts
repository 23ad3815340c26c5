import { HeddleError, UsageError } from '../base/errors.ts'
import { formatShape, sameShape } from '../base/shape.ts'
import { inspectLayers, type Model, type ModelLayer } from '../model/model.ts'
import type { TrainSpec } from './options.ts'

/**
 * Throws a `UsageError` if the pretrained part of a model cannot take the images or the numbers of a training; returns what the user
 * should know, or `null`.
 */
export function checkPretrained(
  { spec: { nodes, pretrained }, layers, inputShape }: Model,
  { pixelRange }: TrainSpec,
): string | null {
  if (!pretrained?.read) return null
  const { file, read } = pretrained
  if (read.pixelRange !== pixelRange) {
    throw new UsageError(
      `${file} was trained on ${rangeText(read.pixelRange)}, and this training gives ${rangeText(pixelRange)}. Set pixelRange: '${read.pixelRange}'.`,
    )
  }
  if (sameShape(read.inputShape, inputShape)) return null
  const [own, here] = [formatShape(read.inputShape), formatShape(inputShape)]
  const made = inspectLayers(nodes.slice(0, read.layers), read.inputShape)
  const differing = made.findIndex((layer, i) => !layer || !fits(layer, layers[i]!))
  if (differing >= 0) throw new UsageError(refusal({ file, own, here, at: layers[differing]! }))
  return (
    `${file} was trained on images of ${own} and gets ${here}: its layers take any size, but see things at another scale. ` +
    `Results may be better with imageSize: [${read.inputShape.slice(0, 2).join(', ')}].`
  )
}

/** The same weights. */
function fits(made: ModelLayer | HeddleError, here: ModelLayer): boolean {
  if (made instanceof HeddleError) return false
  return made.parameters.every(({ shape }, i) => sameShape(shape, here.parameters[i]!.shape))
}

function refusal({
  file,
  own,
  here,
  at,
}: {
  readonly file: string
  readonly own: string
  readonly here: string
  readonly at: ModelLayer
}): string {
  return (
    `${file} was trained on images of ${own}, and the data has ${here}: there "${at.name}" (${at.className}) would have other weights. ` +
    `Give the data the size of the file (imageSize, colorMode), or cut before "${at.name}": cutAt: '${at.inputs[0]}'.`
  )
}

function rangeText(range: TrainSpec['pixelRange']): string {
  return range === 'raw' ? 'pixels from 0 to 255' : 'pixels from 0 to 1'
}
