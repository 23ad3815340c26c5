import { UsageError } from '../base/errors.ts'
import type { OwnFactory } from '../base/family.ts'
import { preparationFor } from '../data/preparation.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { fromSafetensors, type ModelFile, toSafetensors } from '../model/files/model-file.ts'
import { readSafetensors, writeSafetensors } from '../model/files/safetensors.ts'
import type { SafeTensors } from '../model/files/safetensors-format.ts'
import type { Weights } from '../model/weights.ts'
import type { LayerSpec } from '../nn/layers/index.ts'
import { Network, type NetworkFacts, type NetworkOptions } from './network.ts'

/**
 * Writes a network to one safetensors file: weights and moving statistics, and as metadata the model and what the network was
 * trained with (`network.about`; `about` replaces parts of it). Other programs read its tensors; loading never runs code. A file
 * that exists is replaced as a whole. Outputs without names are called 0, 1, 2 …
 *
 * Source: https://github.com/huggingface/safetensors.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const path = join(mkdtempSync(join(tmpdir(), 'heddle-')), 'model.safetensors')
 * await saveModel(network, path, { classNames: ['cat', 'dog'] })
 * const loaded = await loadModel(path)
 * loaded.about.classNames // ['cat', 'dog']
 * loaded.weights // network.weights
 */
export async function saveModel(
  network: Network,
  path: string,
  about: Partial<NetworkFacts> = {},
): Promise<void> {
  // The order of arguments of earlier versions, in programs without types.
  if (!(network instanceof Network)) {
    throw new UsageError('saveModel takes the network first: saveModel(network, path).')
  }
  await writeSafetensors(path, networkTensors(network, about))
}

/** What `saveModel` writes. */
export function networkTensors(
  network: Network,
  { weights = network.weights, ...about }: Partial<NetworkFacts> & { readonly weights?: Weights } = {},
): SafeTensors {
  return toSafetensors({ ...modelFileOf(network, about), weights })
}

/** A network as what model files hold. */
export function modelFileOf(network: Network, about: Partial<NetworkFacts> = {}): ModelFile {
  const { model, weights } = network
  const { classNames, loss, pixelRange, preparation, temperature } = { ...network.about, ...about }
  return {
    model,
    weights,
    classNames: classNames ?? network.classNames,
    loss,
    pixelRange,
    preparation: preparationFor(model.inputShape, { declared: preparation ?? undefined, pixelRange }),
    temperature,
  }
}

export interface LoadModelOptions extends Pick<NetworkOptions, 'backend'> {
  /** Layers of your own that the model has, made by `defineLayer`. Default []. */
  readonly layers?: readonly OwnFactory<never, LayerSpec>[]
}

/**
 * Reads what `saveModel` wrote, to the bit. Throws a `HeddleError` for a file that is cut short, has false sizes, or lacks
 * weights of its model.
 */
export async function loadModel(
  path: string,
  { backend = chooseBackend('auto'), layers = [] }: LoadModelOptions = {},
): Promise<Network> {
  const { model, weights, ...about } = fromSafetensors(await readSafetensors(path), path, layers)
  return new Network(model, weights, backend, about)
}
