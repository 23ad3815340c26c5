import { readFile } from 'node:fs/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { HeddleError, UsageError } from '../base/errors.ts'
import { ownFile } from '../base/own-file.ts'
import { pixelScale } from '../data/pixels.ts'
import { preparationFor } from '../data/preparation.ts'
import { encode } from '../engine/backends/native/encode.ts'
import { planNative } from '../engine/backends/native/executable.ts'
import { WebAssembly } from '../engine/backends/wasm/program.ts'
import { foldForInference } from '../engine/fold.ts'
import { lower } from '../engine/lower.ts'
import { base64, writeGolden } from '../model/files/about.ts'
import type { Golden } from '../model/files/model-format.ts'
import type { Network } from './network.ts'
import { bytesOf, PageProgram, type WebModel } from './page-program.ts'

export interface WebPageOptions {
  readonly title: string
  readonly golden: Golden
  readonly hasPictures: boolean
}

/**
 * The files of a web page that classifies pictures by itself, by name: the page, the engine and the model. They are scripts and not data,
 * because a page that is opened from a disk may load scripts alone. Throws a `UsageError` for a network that takes no pictures.
 */
export async function webPage(
  network: Network,
  { title, golden, hasPictures }: WebPageOptions,
): Promise<ReadonlyMap<string, readonly Uint8Array[]>> {
  const { inputShape } = network.model
  const { pixelRange, preparation } = network.about
  const chosen = preparationFor(inputShape, { declared: preparation ?? undefined, pixelRange })
  if (!chosen) {
    throw new UsageError(`The model takes ${inputShape.join(' × ')}, and a picture has 1 or 3 channels.`)
  }
  const [page, engine] = await Promise.all([piece('page/index.html'), piece('predict.wasm')])
  const model: WebModel = {
    title,
    classNames: network.classNames,
    inputShape,
    preparation: chosen,
    scale: pixelScale(pixelRange),
    ...programOf(network),
    golden: writeGolden(golden),
    hasPictures,
  }
  return new Map([
    ['index.html', [page]],
    ['engine.js', [script('heddleEngine', base64(deflateRawSync(engine, { level: 9 })))]],
    ['model.js', [script('heddleModel', model)]],
  ])
}

/** The network for one picture at a time, its normalisations folded into the weights, as every prediction of Heddle has them. */
function programOf(network: Network): Pick<WebModel, 'words' | 'parameters'> {
  const { lowered, weights } = foldForInference(lower(network.model, network.headLoss), network.weights)
  const program = planNative(lowered, { batchSize: 1, backward: false })
  const parameters = new Float32Array(program.parameterFloats)
  for (const { name, offset } of program.parameters) parameters.set(weights.get(name)!, offset)
  return { words: base64(encode(program)), parameters: base64(parameters) }
}

/** What a page with these two scripts answers for `inputs`, bytes one after the other: by its own engine. */
export function webPageOutputs(
  scripts: { readonly engine: string; readonly model: string },
  inputs: Uint8Array,
): Promise<Float32Array> {
  const value = (text: string): unknown => JSON.parse(text.slice(text.indexOf('=') + 1))
  const engine = inflateRawSync(bytesOf(value(scripts.engine) as string))
  return new PageProgram(value(scripts.model) as WebModel, new WebAssembly.Module(engine)).outputs(inputs)
}

async function piece(name: string): Promise<Uint8Array> {
  return readFile(ownFile(`build/${name}`)).catch(error => {
    throw new HeddleError(
      `build/${name}, a part of every exported page, is not there. The package contains it; in a checkout, "node scripts/setup.mjs" builds it.`,
      { cause: error },
    )
  })
}

/** JSON is JavaScript; a script that stands alone needs no care for `</script>`. */
function script(name: string, value: unknown): Uint8Array {
  return Buffer.from(`globalThis.${name} = ${JSON.stringify(value)}\n`)
}
