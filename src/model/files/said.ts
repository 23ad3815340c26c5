import { UsageError } from '../../base/errors.ts'
import { preparationFor } from '../../data/preparation.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import { INPUT } from '../graph.ts'
import { classCountOf, type Model } from '../model.ts'
import type { About } from './about.ts'
import type { ReadModel } from './model-format.ts'

/** What comes with the model of a file: its class names, pixel range, preparation, loss and examples. What the file lacks gets its usual value, and a remark. */
export function saidOf(
  model: Model,
  about: About | null,
  given: readonly string[] | undefined,
): Omit<ReadModel, 'model' | 'weights' | 'layers'> {
  const { classNames, remarks } = classesOf(model, given ?? about?.classNames)
  const scales =
    model.layers[0]!.inputs[0] === INPUT && definitionOf(model.layers[0]!.layer).role === 'scaling'
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
    temperature: about?.temperature ?? null,
    golden: about?.golden ?? null,
    remarks,
  }
}

/** The names of the classes that are wanted, else 0, 1, 2 … with a remark. Throws a `UsageError` if their number is another one. */
export function classesOf(
  model: Model,
  wanted: readonly string[] | undefined,
): { readonly classNames: readonly string[]; readonly remarks: string[] } {
  const outputs = classCountOf(model)
  if (!wanted) {
    const remark =
      'The file does not name its classes: they are called 0, 1, 2 … Name them with --classes a,b,c.'
    return { classNames: Array.from({ length: outputs }, (_, i) => String(i)), remarks: [remark] }
  }
  if (wanted.length === outputs) return { classNames: wanted, remarks: [] }
  throw new UsageError(
    `${wanted.length} classes are named, but the model has ${outputs}. Name each class once.`,
  )
}
