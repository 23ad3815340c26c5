import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { HeddleError, UsageError } from '../../../base/errors.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from './messages.ts'

/** Beyond the largest classifiers, which have some thousands. */
const MAX_NODES = 20_000
/** Names, numbers of attributes, sizes: few enough for a second, many more than a classifier has. */
const MAX_PARTS = 1_000_000
const LONGEST_SHOWN = 200

/** What is done with each field of a message that matters; all others are passed over. */
type Fields = Readonly<Record<number, (reader: BinaryReader, wire: WireType) => void>>

/** Decodes an ONNX file of any origin; weights stay views of `bytes`. Throws a `HeddleError` if it is damaged or too large. */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  try {
    return new Decoder().model(bytes)
  } catch (error) {
    if (error instanceof HeddleError) throw error
    throw new HeddleError(`the ONNX file is damaged: ${(error as Error).message}.`)
  }
}

class Decoder {
  #parts = 0
  #nodes = 0

  model(bytes: Uint8Array): OnnxModel {
    const found: { irVersion: number; producer: string[]; graph: OnnxGraph | null } = {
      irVersion: 0,
      producer: [],
      graph: null,
    }
    const opsets = new Map<string, number>()
    const metadata = new Map<string, string>()
    const functions: string[] = []
    this.#message(bytes, {
      1: reader => {
        found.irVersion = Number(reader.int64())
      },
      2: reader => found.producer.push(reader.string()),
      3: reader => found.producer.push(reader.string()),
      7: reader => {
        found.graph = this.#graph(reader.bytes())
      },
      8: reader => {
        let [domain, version] = ['', 0]
        this.#message(reader.bytes(), {
          1: inner => {
            domain = inner.string()
          },
          2: inner => {
            version = Number(inner.int64())
          },
        })
        opsets.set(domain === 'ai.onnx' ? '' : domain, version)
      },
      14: reader => this.#entry(reader.bytes(), metadata),
      25: reader => this.#message(reader.bytes(), { 1: inner => functions.push(inner.string()) }),
    })
    if (!found.graph) throw new UsageError('the ONNX file has no graph. Export the whole model.')
    const { irVersion, producer, graph } = found
    return { irVersion, producer: producer.join(' '), opsets, metadata, graph, functions }
  }

  #graph(bytes: Uint8Array): OnnxGraph {
    let name = ''
    const [nodes, initializers]: [OnnxNode[], OnnxTensor[]] = [[], []]
    const [inputs, outputs]: [OnnxPort[], OnnxPort[]] = [[], []]
    this.#message(bytes, {
      1: reader => {
        if (++this.#nodes > MAX_NODES)
          throw new UsageError(`it has more than ${MAX_NODES} nodes, and Heddle reads classifiers.`)
        nodes.push(this.#node(reader.bytes()))
      },
      2: reader => {
        name = reader.string()
      },
      5: reader => initializers.push(this.#tensor(reader.bytes())),
      11: reader => inputs.push(this.#port(reader.bytes())),
      12: reader => outputs.push(this.#port(reader.bytes())),
      15: () => {
        throw new UsageError('it has sparse weights, which Heddle does not read. Export them dense.')
      },
    })
    return { name, nodes, initializers, inputs, outputs }
  }

  #node(bytes: Uint8Array): OnnxNode {
    const texts: Record<'name' | 'opType' | 'domain', string> = { name: '', opType: '', domain: '' }
    const [inputs, outputs]: [string[], string[]] = [[], []]
    const attributes = new Map<string, OnnxAttribute>()
    this.#message(bytes, {
      1: reader => inputs.push(reader.string()),
      2: reader => outputs.push(reader.string()),
      3: reader => {
        texts.name = reader.string().slice(0, LONGEST_SHOWN)
      },
      4: reader => {
        texts.opType = reader.string().slice(0, LONGEST_SHOWN)
      },
      5: reader => {
        const [key, attribute] = this.#attribute(reader.bytes())
        attributes.set(key, attribute)
      },
      7: reader => {
        const domain = reader.string().slice(0, LONGEST_SHOWN)
        texts.domain = domain === 'ai.onnx' ? '' : domain
      },
    })
    return { ...texts, inputs, outputs, attributes }
  }

  /** Files of early versions have no type: it is then that of the field that holds the value. */
  #attribute(bytes: Uint8Array): readonly [string, OnnxAttribute] {
    let [key, type] = ['', 0]
    let float = 0
    let int = 0
    let text = ''
    const tensors: OnnxTensor[] = []
    const [floats, ints, texts]: [number[], number[], string[]] = [[], [], []]
    const met = new Set<number>()
    const note = (field: number): void => {
      met.add(field)
    }
    this.#message(bytes, {
      1: reader => {
        key = reader.string().slice(0, LONGEST_SHOWN)
      },
      2: reader => {
        float = reader.float()
        note(1)
      },
      3: reader => {
        int = Number(reader.int64())
        note(2)
      },
      4: reader => {
        text = reader.string()
        note(3)
      },
      5: reader => {
        tensors.push(this.#tensor(reader.bytes()))
        note(4)
      },
      // A graph within a graph: control flow, which is refused by the name of its node.
      6: reader => {
        reader.bytes()
        note(5)
      },
      7: (reader, wire) => {
        this.#numbers(reader, wire, () => floats.push(reader.float()))
        note(6)
      },
      8: (reader, wire) => {
        this.#numbers(reader, wire, () => ints.push(Number(reader.int64())))
        note(7)
      },
      9: reader => {
        texts.push(reader.string())
        note(8)
      },
      20: reader => {
        type = reader.int32()
      },
    })
    const kind = type || [...met][0] || 0
    const values: Readonly<Record<number, OnnxAttribute>> = {
      1: { kind: 'float', value: float },
      2: { kind: 'int', value: int },
      3: { kind: 'text', value: text },
      ...(tensors[0] && { 4: { kind: 'tensor', value: tensors[0] } }),
      5: { kind: 'graph' },
      6: { kind: 'floats', value: floats },
      7: { kind: 'ints', value: ints },
      8: { kind: 'texts', value: texts },
    }
    return [key, values[kind] ?? { kind: 'unknown' }]
  }

  #tensor(bytes: Uint8Array): OnnxTensor {
    let [name, type, isOutside] = ['', 0, false]
    let raw: Uint8Array | null = null
    const dims: number[] = []
    const lists: Record<keyof OnnxTensor['lists'], Uint8Array | undefined> = {
      floats: undefined,
      ints32: undefined,
      ints64: undefined,
      doubles: undefined,
    }
    const external = new Map<string, string>()
    const list = (key: keyof typeof lists) => (reader: BinaryReader, wire: WireType) => {
      if (wire !== WireType.LengthDelimited || lists[key])
        throw new UsageError('it has weights that are not packed. Save it with the onnx package.')
      lists[key] = reader.bytes()
    }
    this.#message(bytes, {
      1: (reader, wire) => this.#numbers(reader, wire, () => dims.push(Number(reader.int64()))),
      2: reader => {
        type = reader.int32()
      },
      4: list('floats'),
      5: list('ints32'),
      7: list('ints64'),
      8: reader => {
        name = reader.string()
      },
      9: reader => {
        raw = reader.bytes()
      },
      10: list('doubles'),
      13: reader => this.#entry(reader.bytes(), external),
      14: reader => {
        isOutside = reader.int32() === 1
      },
    })
    return { name, dims, type, raw: isOutside ? null : (raw ?? new Uint8Array(0)), lists, external }
  }

  #port(bytes: Uint8Array): OnnxPort {
    let [name, type] = ['', 0]
    let shape: (number | string)[] | null = null
    const dimension = (reader: BinaryReader): void => {
      let size: number | string = '?'
      this.#message(reader.bytes(), {
        1: inner => {
          size = Number(inner.int64())
        },
        2: inner => {
          size = inner.string().slice(0, LONGEST_SHOWN)
        },
      })
      shape!.push(size)
    }
    this.#message(bytes, {
      1: reader => {
        name = reader.string()
      },
      2: reader =>
        this.#message(reader.bytes(), {
          1: tensor =>
            this.#message(tensor.bytes(), {
              1: inner => {
                type = inner.int32()
              },
              2: inner => {
                shape = []
                this.#message(inner.bytes(), { 1: dimension })
              },
            }),
        }),
    })
    return { name, type, shape }
  }

  #entry(bytes: Uint8Array, entries: Map<string, string>): void {
    let [key, value] = ['', '']
    this.#message(bytes, {
      1: reader => {
        key = reader.string()
      },
      2: reader => {
        value = reader.string()
      },
    })
    entries.set(key, value)
  }

  /** Numbers one by one, or packed into one field. */
  #numbers(reader: BinaryReader, wire: WireType, read: () => unknown): void {
    if (wire !== WireType.LengthDelimited) {
      read()
      return
    }
    const end = reader.uint32() + reader.pos
    if (end > reader.len) throw new Error('numbers end after the file')
    while (reader.pos < end) {
      this.#spend()
      read()
    }
  }

  #message(bytes: Uint8Array, fields: Fields): void {
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      this.#spend()
      const [field, wire] = reader.tag()
      // ONNX has no groups, which could be nested without end.
      if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw new Error('a field is a group')
      const read = fields[field]
      if (read) read(reader, wire)
      else reader.skip(wire, field)
    }
    if (reader.pos > reader.len) throw new Error('a field ends after its message')
  }

  #spend(): void {
    if (++this.#parts > MAX_PARTS)
      throw new UsageError(`it has more than ${MAX_PARTS} names and numbers besides its weights.`)
  }
}
