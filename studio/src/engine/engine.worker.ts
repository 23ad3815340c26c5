import {
  activations,
  decodeModel,
  explainImages,
  firstFilters,
  gradCam,
  gradCamLayer,
  HeddleError,
  integratedGradients,
  layerOptions,
  layerOptionTexts,
  type OptionText,
  overImage,
  type Preparation,
  predict,
  type SavedModel,
  summary,
  wasmBackend,
} from '../../../src/browser.ts'
import type {
  ImageExplanation,
  LayerActivations,
  LayerFilters,
  PixelMap,
} from '../../../src/protocol/explanations.ts'

export interface ModelFacts {
  /** `[height, width, channels]`. */
  readonly inputShape: readonly [number, number, number]
  /** By output. */
  readonly classNames: readonly string[]
  /** How the pictures were prepared that it was trained on. */
  readonly preparation: Preparation
}

export interface Answer {
  /** By class. */
  readonly outputs: readonly number[]
  readonly predicted: number
  /** The class that the map explains. */
  readonly explained: number
  /** Over the image; not negative. */
  readonly map: PixelMap
  readonly method:
    | { readonly name: 'Grad-CAM'; readonly layer: string; readonly isUsual: boolean }
    | { readonly name: 'Integrated gradients' }
  readonly durationMs: number
}

/** What can be asked of the network that was loaded, by name. */
const questions = { load, answer, inspect, maps, explain }

export type Questions = typeof questions

interface Question {
  readonly id: number
  readonly name: keyof Questions
  readonly args: readonly unknown[]
}

/** How numbers are spread: `bins` of equal width from `min` to `max`. */
export interface Spread {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
  readonly bins: readonly number[]
}

export interface InspectedLayer {
  readonly name: string
  readonly className: string
  /** Those that are not defaults, in one line. */
  readonly described: string
  readonly options: readonly OptionText[]
  readonly inputs: readonly string[]
  readonly outputShape: readonly number[]
  readonly parameterCount: number
  /** For one image. */
  readonly multiplyAdds: number
  readonly receptiveField: readonly [number, number]
  readonly weights: readonly (Spread & { readonly name: string; readonly shape: readonly number[] })[]
}

export interface Inspected {
  readonly inputShape: readonly number[]
  readonly parameterCount: number
  readonly trainableCount: number
  readonly multiplyAdds: number
  /** As Keras prints it. */
  readonly summary: string
  readonly layers: readonly InspectedLayer[]
  readonly filters: LayerFilters | null
}

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
  const { preparation } = model
  if (!preparation) {
    throw new Error(`This model takes ${inputShape.join(' × ')}, and that is no picture.`)
  }
  const { classNames } = model
  return { inputShape: inputShape as unknown as ModelFacts['inputShape'], classNames, preparation }
}

async function answer(pixels: Uint8Array, wanted: number | null): Promise<Answer> {
  const { network, pixelRange } = model!
  const started = performance.now()
  const outputs = [...(await predict(network, pixels, { pixelRange, batchSize: 1 }))]
  const predicted = outputs.indexOf(Math.max(...outputs))
  const explained = wanted ?? predicted
  const question = { images: pixels, classes: [explained], pixelRange }
  const shown = (await ofLayers(question)) ?? (await ofPixels(question))
  return { outputs, predicted, explained, ...shown, durationMs: performance.now() - started }
}

type Asked = Parameters<typeof gradCam>[1]

/** While one draws, an answer must come soon. */
const STEPS = 16

/**
 * Grad-CAM of the layer that it usually looks at, or of the last one before it where it is not zero everywhere: in front of
 * flatten() the mean of the gradients often speaks against a class in all places. `null`: it is zero at all layers, or none keeps places.
 */
async function ofLayers(question: Asked): Promise<Pick<Answer, 'map' | 'method'> | null> {
  const { network } = model!
  const usual = gradCamLayer(network)
  const names = network.model.layers.map(({ name }) => name)
  const candidates = usual === null ? [] : names.slice(0, names.indexOf(usual) + 1).reverse()
  for (const layer of candidates) {
    // A shortcut leads past some layers: what is behind those is not made from them alone.
    const cam = await gradCam(network, { ...question, layer }).catch(error => {
      if (error instanceof HeddleError) return null
      throw error
    })
    if (!cam?.maps.some(value => value > 0)) continue
    const { height, width, maps } = cam
    const map = overImage(network.model, { layer, map: { height, width, values: [...maps] } })
    return { map, method: { name: 'Grad-CAM', layer, isUsual: layer === usual } }
  }
  return null
}

/** Where Grad-CAM shows nothing: what each pixel adds to the class' logit, compared with a black image. */
async function ofPixels(question: Asked): Promise<Pick<Answer, 'map' | 'method'>> {
  const { network } = model!
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const { attributions } = await integratedGradients(network, { ...question, steps: STEPS })
  const values = Array.from({ length: height * width }, (_, p) =>
    Math.max(
      0,
      attributions.subarray(p * channels, (p + 1) * channels).reduce((sum, one) => sum + one, 0),
    ),
  )
  return { map: { height, width, values }, method: { name: 'Integrated gradients' } }
}

/** Everything about the network that needs no image. */
async function inspect(): Promise<Inspected> {
  const { network } = model!
  const { layers, parameterCount, trainableCount, multiplyAdds, inputShape } = network.model
  return {
    inputShape,
    parameterCount,
    trainableCount,
    multiplyAdds,
    summary: summary(network.model),
    layers: layers.map(layer => ({
      name: layer.name,
      className: layer.className,
      described: layerOptions(layer.layer),
      options: layerOptionTexts(layer.layer),
      inputs: layer.inputs,
      outputShape: layer.outputShape,
      parameterCount: layer.parameterCount,
      multiplyAdds: layer.multiplyAdds,
      receptiveField: layer.receptiveField,
      weights: layer.parameters.map(({ name, shape }) => ({
        name,
        shape,
        ...spreadOf(network.weights.get(`${layer.name}/${name}`)!),
      })),
    })),
    filters: firstFilters(network),
  }
}

const MOST_BINS = 40

function spreadOf(values: Float32Array): Spread {
  let [min, max, sum] = [Infinity, -Infinity, 0]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
  }
  const mean = sum / values.length
  // The fewer numbers there are, the coarser.
  const count = Math.min(MOST_BINS, Math.ceil(2 * Math.sqrt(values.length)))
  const bins = Array<number>(count).fill(0)
  let squares = 0
  for (const value of values) {
    squares += (value - mean) ** 2
    bins[Math.min(count - 1, Math.floor(((value - min) / (max - min || 1)) * count))]!++
  }
  return { count: values.length, min, max, mean, std: Math.sqrt(squares / values.length), bins }
}

/** What every layer makes of an image. */
async function maps(pixels: Uint8Array): Promise<readonly LayerActivations[]> {
  const { network, pixelRange } = model!
  return activations(network, pixels, { pixelRange })
}

/** Why the network gives an image a class, by every method. */
async function explain(pixels: Uint8Array, asked: number | null): Promise<ImageExplanation> {
  const { network, pixelRange } = model!
  const question = { images: pixels, pixelRange, ...(asked !== null && { classes: [asked] }) }
  return (await explainImages(network, question))[0]!
}

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const { id, name, args } = data
  try {
    const ask = questions[name] as (...args: readonly unknown[]) => Promise<unknown>
    postMessage({ id, value: await ask(...args) })
  } catch (error) {
    postMessage({ id, error: (error as Error).message })
  }
})
