import { HeddleError } from '../../../base/errors.ts'
import { writeAbout } from '../about.ts'
import type { ModelFile } from '../model-file.ts'
import type { Golden, ModelFormat } from '../model-format.ts'
import { encodeOnnx } from './encode.ts'
import type { Layout } from './held.ts'
import { writeOnnxModel } from './write-model.ts'

/** The key of the texts of Heddle in `metadata_props`. */
const KEY = 'heddle'

/** Opset 17, IR version 8. Pictures enter as `[batch, height, width, channels]`, or with channels first where that is asked for. */
export const onnxFormat: ModelFormat = {
  ending: 'onnx',
  takesLayout: true,
  sniff: () => false,
  read() {
    throw new HeddleError('Heddle does not read ONNX yet.')
  },
  async write(file, golden, { layout = 'nhwc' } = {}) {
    const inputLayout = layout === 'nchw' ? 'first' : 'last'
    const metadata = new Map([
      ['classNames', JSON.stringify(file.classNames)],
      [KEY, JSON.stringify(aboutOf(file, golden, inputLayout))],
    ])
    const { model, fates } = writeOnnxModel(file, { layout: inputLayout, metadata })
    return { pieces: [encodeOnnx(model)], layers: fates }
  },
}

function aboutOf(file: ModelFile, golden: Golden, layout: Layout): object {
  return { ...writeAbout(file, golden), model: file.model.spec, inputShape: file.model.inputShape, layout }
}
