import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { readModel } from '../../src/model/files/model-formats.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import { relativeDifference } from '../../src/testing/compare.ts'

// Made by make-tfjs-files.mjs.

test.each(['sequential', 'functional'])(
  'a %s model that TensorFlow.js saved gives its outputs',
  async name => {
    const file = (path: string) => readFileSync(new URL(`golden/tfjs/${name}/${path}`, import.meta.url))
    const read = await readModel(file('model.json'), { name, beside: async path => file(path) })
    const answers = JSON.parse(file('answers.json').toString())
    const network = new Network(read.model, read.weights, chooseBackend('auto'), read)
    expect(read.pixelRange).toBe('raw')
    const outputs = await outputsOf(network, Uint8Array.from(answers.inputs))
    expect(relativeDifference(outputs, answers.outputs)).toBeLessThan(1e-5)
  },
)
