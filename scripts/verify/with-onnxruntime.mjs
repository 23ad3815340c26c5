// Has ONNX Runtime run a model for `heddle export --verify`: see with-keras.py.
import { readFileSync } from 'node:fs'
import { asked, installed } from './installed.mjs'

const { name, version, module: ort } = await installed('onnxruntime-node', 'onnxruntime-web')
const { path, shape, numbers, answer } = asked()
const session = await ort.InferenceSession.create(readFileSync(path))
const [entry] = session.inputNames
const [count, ...axes] = shape
const channels = axes.at(-1)
const run = async (dims, values) => {
  const outputs = await session.run({ [entry]: new ort.Tensor('float32', values, dims) })
  return outputs[session.outputNames[0]].data
}
// The model's own shape shows whether it takes channels first.
const expected = session.inputMetadata?.[0]?.shape?.slice(1)
const isFirst = axes.length > 1 && expected !== undefined && String(expected) !== String(axes)
answer(
  isFirst ? await run([count, channels, ...axes.slice(0, -1)], channelsFirst()) : await run(shape, numbers),
  `ONNX Runtime ${version} (${name})`,
)

function channelsFirst() {
  const size = numbers.length / count / channels
  return numbers.map((_, i) => {
    const [example, channel, place] = [
      Math.floor(i / (size * channels)),
      Math.floor(i / size) % channels,
      i % size,
    ]
    return numbers[(example * size + place) * channels + channel]
  })
}
