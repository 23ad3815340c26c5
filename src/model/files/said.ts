import { UsageError } from '../../base/errors.ts'
import { preparationFor } from '../../data/preparation.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import { classCountOf, type Model } from '../model.ts'
import type { About } from './about.ts'
import type { ReadModel } from './model-format.ts'

/** Everything about a model of a file that is not the model: what the file says, else what is usual, with a remark. */
export function saidOf(
  model: Model,
  about: About | null,
  given: readonly string[] | undefined,
): Omit<ReadModel, 'model' | 'weights' | 'layers'> {
  const outputs = classCountOf(model)
  const remarks: string[] = []
  const wanted = given ?? about?.classNames
  if (wanted && wanted.length !== outputs) {
    throw new UsageError(
      `${wanted.length} classes are named, but the model has ${outputs}. Name each class once.`,
    )
  }
  if (!wanted)
    remarks.push(
      'The file does not name its classes: they are called 0, 1, 2 … Name them with --classes a,b,c.',
    )
  const classNames = wanted ?? Array.from({ length: outputs }, (_, i) => String(i))
  const scales =
    model.layers[0]!.inputs[0] === 'input' && definitionOf(model.layers[0]!.layer).role === 'scaling'
  const pixelRange = about?.pixelRange ?? (scales ? 'raw' : 'unit')
  if (!about) {
    remarks.push(
      scales
        ? 'It scales pixels itself: pictures enter as 0 to 255.'
        : 'The file does not say how pictures are prepared: their pixels enter as 0 to 1. If it was trained with others, let the model scale them itself before you save it.',
    )
  }
  const declared = about?.preparation ?? undefined
  const preparation = preparationFor(model.inputShape, { declared, pixelRange })
  return {
    classNames,
    pixelRange,
    preparation,
    loss: about?.loss ?? null,
    golden: about?.golden ?? null,
    remarks,
  }
}
