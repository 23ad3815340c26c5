import type { PixelRange } from '../data/pixels.ts'
import { type Preparation, preparationFor } from '../data/preparation.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { fromSafetensors, toSafetensors } from '../model/files/model-file.ts'
import { readSafetensors, writeSafetensors } from '../model/files/safetensors.ts'
import { Network, type NetworkOptions } from './network.ts'

/** What a network needs beside its weights to be asked about an image. */
export interface SavedModelOptions {
  /** By output. */
  readonly classNames: readonly string[]
  /** That of the training. */
  readonly pixelRange?: PixelRange
  /** How a picture becomes its input: that of the dataset; absent: Keras' defaults, see `preparation`. */
  readonly preparation?: Preparation | undefined
}

export interface SavedModel extends Required<Omit<SavedModelOptions, 'preparation'>> {
  /** `null`: the network takes no pictures. */
  readonly preparation: Preparation | null
  readonly network: Network
}

/**
 * Writes a network to one safetensors file: weights and moving statistics, and as metadata the model, class names, pixel
 * range and how a picture is prepared. Other programs read its tensors; loading never runs code. A file that exists is replaced as a whole.
 *
 * Source: https://github.com/huggingface/safetensors.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const path = join(mkdtempSync(join(tmpdir(), 'heddle-')), 'model.safetensors')
 * await saveModel(path, network, { classNames: ['cat', 'dog'] })
 * const { network: loaded, classNames } = await loadModel(path)
 * classNames // ['cat', 'dog']
 * loaded.weights // network.weights
 */
export async function saveModel(
  path: string,
  network: Network,
  { classNames, pixelRange = 'unit', preparation: declared }: SavedModelOptions,
): Promise<void> {
  const { model, weights } = network
  const preparation = preparationFor(model.inputShape, { declared, pixelRange })
  await writeSafetensors(path, toSafetensors({ model, weights, classNames, pixelRange, preparation }))
}

/**
 * Reads what `saveModel` wrote, to the bit. Throws a `HeddleError` for a file that is cut short, lies about its sizes, or
 * does not hold what its model needs.
 */
export async function loadModel(
  path: string,
  { backend = chooseBackend('auto') }: Pick<NetworkOptions, 'backend'> = {},
): Promise<SavedModel> {
  const { model, weights, ...facts } = fromSafetensors(await readSafetensors(path), path)
  return { network: new Network(model, weights, backend), ...facts }
}
