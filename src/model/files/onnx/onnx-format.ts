import { UsageError, withinLater } from '../../../base/errors.ts'
import { optionalImport } from '../../../base/optional-package.ts'
import { readAbout, writeAbout } from '../about.ts'
import { jsonIn } from '../json-in.ts'
import type { ModelFile } from '../model-file.ts'
import type { Golden, ModelFormat, ReadModel, ReadOptions } from '../model-format.ts'
import { saidOf } from '../said.ts'
import type { Layout } from './held.ts'
import type { OnnxModel } from './messages.ts'
import { outsideOf } from './outside.ts'
import { readOwnGraph } from './own-graph.ts'
import { readGraph } from './read-graph.ts'
import { writeOnnxModel } from './write-model.ts'

/** The key of Heddle's own JSON in `metadata_props`. */
const KEY = 'heddle'
const PROTOBUF = '@bufbuild/protobuf'

/** Writes opset 17 and IR version 8, and reads opset 6 to 28. Pictures enter with their channels last, or first where that is asked for. */
export const onnxFormat: ModelFormat = {
  ending: 'onnx',
  takesLayout: true,
  // Protobuf, whose first field is a small number: the version of the format.
  sniff: start => start[0] === 0x08 && start[1]! < 0x80 && SECOND_FIELDS.has(start[2]!),

  read(bytes, options) {
    return withinLater(options.name, async () => {
      const { decodeOnnx } = await optionalImport(PROTOBUF, () => import('./decode.ts'))
      const model = decodeOnnx(bytes)
      return readModel(model, await outsideOf(model.graph, options.beside), options)
    })
  },

  async write(file, golden, { layout = 'nhwc' } = {}) {
    const { encodeOnnx } = await optionalImport(PROTOBUF, () => import('./encode.ts'))
    const inputLayout = layout === 'nchw' ? 'first' : 'last'
    const metadata = new Map([
      ['classNames', JSON.stringify(file.classNames)],
      [KEY, JSON.stringify(aboutOf(file, golden, inputLayout))],
    ])
    const { model, fates } = writeOnnxModel(file, { layout: inputLayout, metadata })
    return { pieces: [encodeOnnx(model)], layers: fates }
  },
}

/** Fields that follow the version: producer, domain, numbers, texts, graph, operators, metadata. */
const SECOND_FIELDS = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72])

function aboutOf(file: ModelFile, golden: Golden, layout: Layout): object {
  return { ...writeAbout(file, golden), model: file.model.spec, inputShape: file.model.inputShape, layout }
}

function readModel(
  { graph, metadata, ...rest }: OnnxModel,
  outside: Awaited<ReturnType<typeof outsideOf>>,
  { classNames }: ReadOptions,
): ReadModel {
  const text = metadata.get(KEY)
  const said = text === undefined ? null : json(text)
  const about = readAbout(said)
  const own = said && readOwnGraph(graph, said, outside)
  const { model, weights, fates, remarks } = own
    ? { ...own, remarks: [] }
    : readGraph({ graph, metadata, ...rest }, { outside, layout: layoutOf(said) })
  const whole = saidOf(model, about, classNames)
  const changed =
    said && !own ? ['Another program changed the graph: its layers are those that its operators make.'] : []
  return { ...whole, model, weights, layers: fates, remarks: [...changed, ...remarks, ...whole.remarks] }
}

/** That which a file of Heddle names. */
function layoutOf(said: { readonly layout?: unknown } | null): Layout | undefined {
  return said?.layout === 'first' || said?.layout === 'last' ? said.layout : undefined
}

function json(text: string): object {
  const value = jsonIn(text, `its metadata "${KEY}"`)
  if (typeof value === 'object' && value !== null) return value
  throw new UsageError(`its metadata "${KEY}" is no JSON object.`)
}
