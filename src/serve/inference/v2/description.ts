import type { Shape } from '../../../base/shape.ts'
import { ownVersion } from '../../../base/version.ts'
import { INPUT, MAX_IMAGES, OUTPUT, type Signature } from './signature.ts'

interface Named extends Signature {
  readonly name: string
}

/** `GET /v2`: the server and which extensions of the protocol it has. */
export const serverMetadata = {
  name: 'heddle',
  version: ownVersion(),
  extensions: ['binary_tensor_data', 'classification', 'model_configuration', 'statistics'],
}

/** `GET /v2/models/NAME`: one input, of which any number of images may be sent, and one output. */
export function modelMetadata({ name, inputShape, classNames }: Named, versions: readonly string[]): object {
  const tensor = (name: string, datatype: string, shape: Shape): object => ({
    name,
    datatype,
    shape: [-1, ...shape],
  })
  return {
    name,
    versions,
    platform: 'heddle',
    inputs: [tensor(INPUT, 'UINT8', inputShape)],
    outputs: [tensor(OUTPUT, 'FP32', [classNames.length])],
  }
}

/** `GET /v2/models/NAME/config`: the same in the words of Triton's configuration, as its clients need it. */
export function modelConfig({ name, inputShape, classNames }: Named): object {
  return {
    name,
    platform: 'heddle',
    backend: 'heddle',
    max_batch_size: MAX_IMAGES,
    input: [{ name: INPUT, data_type: 'TYPE_UINT8', format: 'FORMAT_NONE', dims: inputShape }],
    output: [{ name: OUTPUT, data_type: 'TYPE_FP32', dims: [classNames.length] }],
    // Requests that come while the engine is busy are computed together.
    dynamic_batching: {},
  }
}
