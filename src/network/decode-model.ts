import type { Backend } from '../engine/backend.ts'
import { fromSafetensors } from '../model/files/model-file.ts'
import { decodeSafetensors } from '../model/files/safetensors-format.ts'
import { Network } from './network.ts'

export interface DecodeModelOptions {
  readonly backend: Backend
  /** How errors call it. */
  readonly name?: string
}

/**
 * The network in the bytes of a file that `saveModel` wrote, of any origin: what a browser does with a model it was sent.
 * Throws a `HeddleError` for bytes that are cut short, have false sizes, or lack weights of their model.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const path = join(mkdtempSync(join(tmpdir(), 'heddle-')), 'model.safetensors')
 * await saveModel(network, path)
 * const decoded = decodeModel(readFileSync(path), { backend: referenceBackend() })
 * decoded.weights // network.weights
 */
export function decodeModel(bytes: Uint8Array, { backend, name = 'The model' }: DecodeModelOptions): Network {
  const { model, weights, ...about } = fromSafetensors(decodeSafetensors(bytes, name), name)
  return new Network(model, weights, backend, about)
}
