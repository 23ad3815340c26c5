import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { outputsOf } from '../../network/predict.ts'
import { loadModel } from '../../network/saved-model.ts'
import { webPageOutputs } from '../../network/web-page.ts'
import type { Answer } from './runtime.ts'

/** A file of Heddle, read again and run by the plain loops that define every operation. */
export async function byPlainLoops(path: string, inputs: Uint8Array): Promise<Answer> {
  const network = await loadModel(path, { backend: referenceBackend() })
  return { program: "Heddle's plain loops", outputs: await outputsOf(network, inputs) }
}

/** An exported page, by the engine and the program in its files. */
export async function byPage(folder: string, inputs: Uint8Array): Promise<Answer> {
  const [engine, model] = await Promise.all(
    ['engine.js', 'model.js'].map(name => readFile(join(folder, name), 'utf8')),
  )
  return {
    program: 'the engine of the page',
    outputs: await webPageOutputs({ engine: engine!, model: model! }, inputs),
  }
}
