import { HeddleError, within } from '../../base/errors.ts'
import { readGolden, writeGolden } from './about.ts'
import { fileKind } from './file-kind.ts'
import { jsonIn } from './json-in.ts'
import { h5Format } from './keras/h5-format.ts'
import { kerasFormat } from './keras/keras-format.ts'
import { fromSafetensors, toSafetensors } from './model-file.ts'
import type { ModelFormat, ReadModel, ReadOptions } from './model-format.ts'
import { onnxFormat } from './onnx/onnx-format.ts'
import { encodeSafetensors } from './safetensors.ts'
import { decodeSafetensors, START } from './safetensors-format.ts'
import { tfjsFormat } from './tfjs/tfjs-format.ts'

const safetensorsFormat: ModelFormat = {
  ending: 'safetensors',
  // A header of less than 16 MB, in JSON.
  sniff: start => start[8] === 0x7b && start.subarray(3, 8).every(byte => byte === 0),
  async read(bytes, { name, classNames }) {
    const tensors = decodeSafetensors(bytes, name)
    const file = fromSafetensors(tensors, name)
    const golden = within(name, () => goldenIn(tensors.metadata.golden))
    return { ...file, ...(classNames && { classNames }), layers: fatesOf(file), golden, remarks: [] }
  },
  async write(file, golden) {
    const { metadata, tensors } = toSafetensors(file)
    const proved = { ...metadata, golden: JSON.stringify(writeGolden(golden)) }
    return { pieces: encodeSafetensors({ metadata: proved, tensors }), layers: fatesOf(file) }
  },
}

/** Every kind of model file, by the name that the command line takes. */
export const modelFormats = {
  keras: kerasFormat,
  h5: h5Format,
  onnx: onnxFormat,
  tfjs: tfjsFormat,
  safetensors: safetensorsFormat,
} as const

/** Reads a model of any kind, found from its bytes. */
export async function readModel(bytes: Uint8Array, options: ReadOptions): Promise<ReadModel> {
  const start = bytes.subarray(0, START)
  const format = Object.values(modelFormats).find(({ sniff }) => sniff(start))
  if (format) return format.read(bytes, options)
  throw new HeddleError(
    `${options.name} is ${fileKind(start) ?? 'of no known kind'}. Heddle reads models of Keras (.keras, .h5), ONNX (.onnx), TensorFlow.js (model.json) and its own (.safetensors).`,
  )
}

/** A text of the metadata, as the others are: no program takes it for weights. */
function goldenIn(text: string | undefined): ReadModel['golden'] {
  return text === undefined ? null : readGolden(jsonIn(text, 'the metadata "golden"'))
}

function fatesOf({ model }: Pick<ReadModel, 'model'>): ReadModel['layers'] {
  return model.layers.map(({ name, className }) => ({ name, className, became: className, remark: '' }))
}
