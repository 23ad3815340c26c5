import {
  decodeModel,
  gradCam,
  gradCamLayer,
  overImage,
  predict,
  type SavedModel,
  saliency,
  wasmBackend,
} from '../../../src/browser.ts'
import type { PixelMap } from '../../../src/protocol/explanations.ts'

export interface ModelFacts {
  /** `[height, width, channels]`. */
  readonly inputShape: readonly [number, number, number]
  /** By output. */
  readonly classNames: readonly string[]
}

export interface Answer {
  /** By class. */
  readonly outputs: readonly number[]
  readonly predicted: number
  /** The class that the map explains. */
  readonly explained: number
  /** Over the image; not negative. */
  readonly map: PixelMap
  readonly method: { readonly name: 'Grad-CAM'; readonly layer: string } | { readonly name: 'Saliency' }
  readonly durationMs: number
}

type Question = { readonly id: number } & (
  | { readonly run: string }
  | { readonly pixels: Uint8Array; readonly explained: number | null }
)

let model: SavedModel | undefined

async function load(run: string): Promise<ModelFacts> {
  const [file, engine] = await Promise.all([fetch(`/api/runs/${run}/model`), fetch('/heddle.wasm')])
  if (!file.ok) throw new Error(((await file.json()) as { error: string }).error)
  if (!engine.ok) {
    throw new Error(
      'The engine for browsers is not built: run "node scripts/setup.mjs --wasm" in the folder of Heddle and start the studio again.',
    )
  }
  const backend = wasmBackend(await WebAssembly.compileStreaming(engine))
  model = decodeModel(new Uint8Array(await file.arrayBuffer()), { backend, name: 'The model' })
  const { inputShape } = model.network.model
  if (inputShape.length !== 3 || ![1, 3].includes(inputShape[2]!)) {
    throw new Error(`This model takes ${inputShape.join(' × ')}, and that is no picture.`)
  }
  return { inputShape: inputShape as unknown as ModelFacts['inputShape'], classNames: model.classNames }
}

async function answer(pixels: Uint8Array, wanted: number | null): Promise<Answer> {
  const { network, pixelRange } = model!
  const started = performance.now()
  const outputs = [...(await predict(network, pixels, { pixelRange, batchSize: 1 }))]
  const predicted = outputs.indexOf(Math.max(...outputs))
  const explained = wanted ?? predicted
  const question = { images: pixels, classes: [explained], pixelRange }
  const layer = gradCamLayer(network)
  const shown = layer === null ? await ofPixels(question) : await ofLayer(layer, question)
  return { outputs, predicted, explained, ...shown, durationMs: performance.now() - started }
}

type Asked = Parameters<typeof saliency>[1]

async function ofLayer(layer: string, question: Asked): Promise<Pick<Answer, 'map' | 'method'>> {
  const { network } = model!
  const { height, width, maps } = await gradCam(network, { ...question, layer })
  const map = overImage(network.model, { layer, map: { height, width, values: [...maps] } })
  return { map, method: { name: 'Grad-CAM', layer } }
}

/** Where no layer keeps the place of things. */
async function ofPixels(question: Asked): Promise<Pick<Answer, 'map' | 'method'>> {
  const { network } = model!
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const slopes = await saliency(network, question)
  const values = Array.from({ length: height * width }, (_, p) =>
    Math.max(...slopes.subarray(p * channels, (p + 1) * channels)),
  )
  return { map: { height, width, values }, method: { name: 'Saliency' } }
}

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id } = data
  try {
    const value = 'run' in data ? await load(data.run) : await answer(data.pixels, data.explained)
    postMessage({ id, value })
  } catch (error) {
    postMessage({ id, error: (error as Error).message })
  }
})
