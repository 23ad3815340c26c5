import { HeddleError } from '../../base/errors.ts'
import { argMax } from '../../base/maths.ts'
import type { Preparation } from '../../data/preparation.ts'
import type { ModelLayer } from '../../model/model.ts'
import { pretrainedText } from '../../model/pretrained.ts'
import { summary } from '../../model/summary.ts'
import type { Network } from '../../network/network.ts'
import { outputsOf } from '../../network/predict.ts'
import { layerOptions, layerOptionTexts } from '../../nn/layers/layer-options.ts'
import type { ClassMap, LayerActivations, LayerFilters } from '../../protocol/explanations.ts'
import type { OptionText } from '../../protocol/options.ts'
import { activations, firstFilters } from './activations.ts'
import { classMaps } from './class-map.ts'

export interface ModelFacts {
  /** `[height, width, channels]`. */
  readonly inputShape: readonly [number, number, number]
  /** By output. */
  readonly classNames: readonly string[]
  /** How the pictures were prepared that it was trained on. */
  readonly preparation: Preparation
}

export interface Answer extends ClassMap {
  /** By class. */
  readonly outputs: readonly number[]
  readonly predicted: number
  /** The class that the map explains. */
  readonly explained: number
  readonly durationMs: number
}

/** How numbers are spread: `bins` of equal width from `min` to `max`, over those that are finite; none of them: `bins` is empty. */
export interface Spread {
  readonly count: number
  readonly notFinite: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
  readonly bins: readonly number[]
}

export interface InspectedLayer
  extends Omit<ModelLayer, 'layer' | 'inputShapes' | 'parameters' | 'trainableCount'> {
  /** The options that are not defaults, in one line. */
  readonly described: string
  readonly options: readonly OptionText[]
  readonly weights: readonly (Spread & { readonly name: string; readonly shape: readonly number[] })[]
}

export interface Inspected {
  readonly inputShape: readonly number[]
  readonly parameterCount: number
  readonly trainableCount: number
  readonly multiplyAdds: number
  /** What of it came from a file, in words. */
  readonly pretrained: string | null
  /** As Keras prints it. */
  readonly summary: string
  readonly layers: readonly InspectedLayer[]
  readonly filters: LayerFilters | null
}

/** What pages ask of a trained network, by name: in the browser where it has the engine, else in the studio's server. */
export const questions = { facts, answer, outputs, inspect, maps }

/** Throws a `HeddleError` for a network that takes no pictures. */
async function facts({ model, classNames, about }: Network): Promise<ModelFacts> {
  const { inputShape } = model
  const { preparation } = about
  if (!preparation) {
    throw new HeddleError(`This model takes ${inputShape.join(' × ')}, which is not a picture.`)
  }
  return { inputShape: inputShape as unknown as ModelFacts['inputShape'], classNames, preparation }
}

async function answer(network: Network, pixels: Uint8Array, wanted: number | null): Promise<Answer> {
  const { pixelRange } = network.about
  const started = performance.now()
  const outputs = [...(await outputsOf(network, pixels, { pixelRange, batchSize: 1 }))]
  const predicted = argMax(outputs)
  const explained = wanted ?? predicted
  const [shown] = await classMaps(network, { images: pixels, classes: [explained], pixelRange, steps: STEPS })
  return { outputs, predicted, explained, ...shown!, durationMs: performance.now() - started }
}

/** The answer alone, by class: for a camera, which asks many times a second. */
async function outputs(network: Network, pixels: Uint8Array): Promise<readonly number[]> {
  const { pixelRange } = network.about
  return [...(await outputsOf(network, pixels, { pixelRange, batchSize: 1 }))]
}

/** While one draws, an answer must come soon. */
const STEPS = 16

/** Everything about the network that needs no image. */
async function inspect(network: Network): Promise<Inspected> {
  const { spec, layers, parameterCount, trainableCount, multiplyAdds, inputShape } = network.model
  return {
    inputShape,
    parameterCount,
    trainableCount,
    multiplyAdds,
    pretrained: spec.pretrained ? pretrainedText(spec.pretrained) : null,
    summary: summary(network.model),
    layers: layers.map(({ layer, inputShapes, parameters, trainableCount, ...facts }) => ({
      ...facts,
      described: layerOptions(layer),
      options: layerOptionTexts(layer),
      weights: parameters.map(({ name, shape }) => ({
        name,
        shape,
        ...spreadOf(network.weights.get(`${facts.name}/${name}`)!),
      })),
    })),
    filters: firstFilters(network),
  }
}

const MOST_BINS = 40

function spreadOf(all: Float32Array): Spread {
  const values = all.filter(Number.isFinite)
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
  const notFinite = all.length - values.length
  return { count: all.length, notFinite, min, max, mean, std: Math.sqrt(squares / values.length), bins }
}

/** What every layer makes of an image. */
async function maps(network: Network, pixels: Uint8Array): Promise<readonly LayerActivations[]> {
  return activations(network, pixels, { pixelRange: network.about.pixelRange })
}
