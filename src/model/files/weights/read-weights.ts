import { HeddleError, within, withinLater } from '../../../base/errors.ts'
import type { PixelRange } from '../../../data/pixels.ts'
import { preparationFor } from '../../../data/preparation.ts'
import type { Model } from '../../model.ts'
import { fileKind } from '../file-kind.ts'
import { readHdf5 } from '../hdf5.ts'
import type { ReadModel, ReadOptions } from '../model-format.ts'
import { modelFormats } from '../model-formats.ts'
import { START } from '../safetensors-format.ts'
import { classesOf } from '../said.ts'
import { readH5Weights } from './h5-weights.ts'
import { fillModel } from './into-model.ts'
import type { LooseWeights } from './loose-weights.ts'
import type { Names } from './names.ts'
import { readStateDict } from './state-dict.ts'

interface Into extends ReadOptions {
  /** The model that the weights belong to. */
  readonly model: Model
  readonly names: Names | null
  readonly pixelRange: PixelRange
}

/**
 * Reads weights of another program into a model: a state dict of PyTorch in a safetensors file, or weights of Keras in an HDF5 file.
 * Throws a `HeddleError` that names the file, and the layer that does not fit.
 */
export async function readWeights(bytes: Uint8Array, { name, ...into }: Into): Promise<ReadModel> {
  const start = bytes.subarray(0, START)
  if (modelFormats.h5.sniff(start))
    return withinLater(name, () => readHdf5(bytes, file => filled(readH5Weights(file), into)))
  if (modelFormats.safetensors.sniff(start)) {
    const loose = readStateDict(bytes, name)
    return within(name, () => filled(loose, into))
  }
  throw new HeddleError(
    `${name} is ${fileKind(start) ?? 'of no known kind'}. Weights for --into are in .safetensors (PyTorch) or .h5 (Keras) files; scripts/pytorch-to-safetensors.py makes one of a .pth file.`,
  )
}

function filled(
  loose: LooseWeights,
  { model, names, classNames, pixelRange }: Omit<Into, 'name'>,
): ReadModel {
  const classes = classesOf(model, classNames)
  const { weights, layers, remarks } = fillModel(model, loose, names)
  return {
    model,
    weights,
    layers,
    classNames: classes.classNames,
    pixelRange,
    preparation: preparationFor(model.inputShape, { pixelRange }),
    loss: null,
    temperature: null,
    golden: null,
    remarks: [...remarks, ...classes.remarks],
  }
}
