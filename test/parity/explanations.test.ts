import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { referenceBackend } from '../../src/engine/backends/reference.ts'
import { gradCam } from '../../src/insight/explain/grad-cam.ts'
import { integratedGradients } from '../../src/insight/explain/integrated-gradients.ts'
import { occlusion } from '../../src/insight/explain/occlusion.ts'
import type { Question } from '../../src/insight/explain/question.ts'
import { saliency } from '../../src/insight/explain/saliency.ts'
import { graph } from '../../src/model/graph.ts'
import { buildModel } from '../../src/model/model.ts'
import { Network } from '../../src/network/network.ts'
import type { LayerSpec } from '../../src/nn/layers/index.ts'
import { relativeDifference } from '../../src/testing/compare.ts'

interface ExplanationCase {
  readonly name: string
  readonly nodes: Readonly<Record<string, readonly [LayerSpec, ...string[]]>>
  readonly inputShape: readonly number[]
  readonly parameters: Readonly<Record<string, readonly number[]>>
  readonly images: readonly number[]
  readonly classes: readonly number[]
  readonly saliency: readonly number[]
  readonly steps: number
  readonly integratedGradients: readonly number[]
  readonly convergenceDelta: readonly number[]
  readonly gradCam: Readonly<Record<string, readonly number[]>>
  readonly window: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly occlusion: readonly number[]
}

const cases = JSON.parse(
  readFileSync(new URL('golden/explanations.json', import.meta.url), 'utf8'),
) as readonly ExplanationCase[]

// The files hold nine digits; what Captum sums up, it sums up in float32.
const NEAR = 1e-8
const SUMMED = 1e-7

describe.each(cases)('explanations are Captum’s: $name', golden => {
  const model = buildModel(graph(golden.nodes), golden.inputShape)
  const weights = new Map(
    Object.entries(golden.parameters).map(([name, values]) => [name, Float32Array.from(values)]),
  )
  const network = new Network(model, weights, referenceBackend({ precision: 'float64' }))
  const question: Question = {
    images: Float64Array.from(golden.images),
    classes: golden.classes,
    pixelRange: 'raw',
  }

  test('saliency', async () => {
    const map = await saliency(network, question)
    expect(relativeDifference(map, Float64Array.from(golden.saliency))).toBeLessThan(NEAR)
  })

  test('integrated gradients', async () => {
    const { steps } = golden
    const { attributions, differences } = await integratedGradients(network, { ...question, steps })
    expect(relativeDifference(attributions, Float64Array.from(golden.integratedGradients))).toBeLessThan(
      SUMMED,
    )
    const size = attributions.length / differences.length
    golden.convergenceDelta.forEach((delta, i) => {
      const sum = attributions.subarray(i * size, (i + 1) * size).reduce((total, one) => total + one, 0)
      expect(sum - differences[i]!).toBeCloseTo(delta, 6)
    })
  })

  test.each(Object.entries(golden.gradCam))('Grad-CAM at %s', async (layer, expected) => {
    const { maps } = await gradCam(network, { ...question, layer })
    expect(Math.max(...expected)).toBeGreaterThan(0)
    expect(relativeDifference(maps, Float64Array.from(expected))).toBeLessThan(NEAR)
  })

  test('occlusion', async () => {
    const { window: windowSize, strides } = golden
    const map = await occlusion(network, { ...question, windowSize, strides })
    expect(relativeDifference(map, Float64Array.from(golden.occlusion))).toBeLessThan(SUMMED)
  })
})
