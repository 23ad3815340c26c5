import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from './messages.ts'

/** ONNX numbers the kinds of attributes. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7, texts: 8 } as const

/** The bytes of a model. Protobuf's files have at most 2 GiB, which the limits of Heddle's models keep. */
export function encodeOnnx({ irVersion, producer, opsets, metadata, graph }: OnnxModel): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Varint).int64(irVersion)
  text(writer, 2, producer)
  message(writer, 7, () => writeGraph(writer, graph))
  for (const [domain, version] of opsets) {
    message(writer, 8, () => {
      text(writer, 1, domain)
      writer.tag(2, WireType.Varint).int64(version)
    })
  }
  for (const [key, value] of metadata) {
    message(writer, 14, () => {
      text(writer, 1, key)
      text(writer, 2, value)
    })
  }
  return writer.finish()
}

function writeGraph(writer: BinaryWriter, { name, nodes, initializers, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) message(writer, 1, () => writeNode(writer, node))
  text(writer, 2, name)
  for (const tensor of initializers) message(writer, 5, () => writeTensor(writer, tensor))
  for (const port of inputs) message(writer, 11, () => writePort(writer, port))
  for (const port of outputs) message(writer, 12, () => writePort(writer, port))
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  const { name, opType, domain, inputs, outputs, attributes } = node
  for (const input of inputs) text(writer, 1, input)
  for (const output of outputs) text(writer, 2, output)
  text(writer, 3, name)
  text(writer, 4, opType)
  for (const [key, attribute] of attributes)
    message(writer, 5, () => {
      text(writer, 1, key)
      writeAttribute(writer, attribute)
    })
  if (domain !== '') text(writer, 7, domain)
}

function writeAttribute(writer: BinaryWriter, attribute: OnnxAttribute): void {
  const { kind } = attribute
  if (kind === 'graph' || kind === 'unknown') throw new Error(`no attribute of the kind ${kind} is written`)
  if (kind === 'float') writer.tag(2, WireType.Bit32).float(attribute.value)
  if (kind === 'int') writer.tag(3, WireType.Varint).int64(attribute.value)
  if (kind === 'text') text(writer, 4, attribute.value)
  if (kind === 'tensor') message(writer, 5, () => writeTensor(writer, attribute.value))
  if (kind === 'floats') for (const value of attribute.value) writer.tag(7, WireType.Bit32).float(value)
  if (kind === 'ints') for (const value of attribute.value) writer.tag(8, WireType.Varint).int64(value)
  if (kind === 'texts') for (const value of attribute.value) text(writer, 9, value)
  writer.tag(20, WireType.Varint).int32(ATTRIBUTE_TYPES[kind])
}

function writeTensor(writer: BinaryWriter, { name, dims, type, raw }: OnnxTensor): void {
  for (const size of dims) writer.tag(1, WireType.Varint).int64(size)
  writer.tag(2, WireType.Varint).int32(type)
  text(writer, 8, name)
  writer.tag(9, WireType.LengthDelimited).bytes(raw!)
}

function writePort(writer: BinaryWriter, { name, type, shape }: OnnxPort): void {
  text(writer, 1, name)
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.tag(1, WireType.Varint).int32(type)
      message(writer, 2, () => {
        for (const size of shape!)
          message(writer, 1, () => {
            if (typeof size === 'string') text(writer, 2, size)
            else writer.tag(1, WireType.Varint).int64(size)
          })
      })
    }),
  )
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}
