import { appendFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../base/files.ts'
import type { Floats } from '../ops/op.ts'
import { bytes, double, doubles, type Field, float, int, message, text } from './protobuf.ts'

const POLYNOMIAL = 0x82f63b78
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

/** CRC-32C (Castagnoli), as RFC 3720 defines it. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function masked(data: Uint8Array): Buffer {
  const crc = crc32c(data)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0)
  return bytes
}

/** TFRecord: length and data, each with its checksum. */
export function recordOf(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  return Buffer.concat([length, masked(length), data, masked(data)])
}

/** One `Summary.Value`. Source: tensorboard/compat/proto/summary.proto. */
export type Value = Field

export function scalar(name: string, value: number): Value {
  return message(1, text(1, name), float(2, value))
}

export function image(
  name: string,
  png: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): Value {
  return message(1, text(1, name), message(4, int(1, height), int(2, width), int(3, channels), bytes(4, png)))
}

/** Numbers counted in 30 buckets of one width. */
export function histogram(name: string, values: Floats): Value {
  const BUCKETS = 30
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0]
  // A network that diverges has others, too.
  const finite = values.filter(value => Number.isFinite(value))
  if (finite.length === 0) [min, max] = [0, 0]
  for (const value of finite) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    squares += value * value
  }
  const width = (max - min) / BUCKETS || 1
  const counts = new Array<number>(BUCKETS).fill(0)
  for (const value of finite) counts[Math.min(BUCKETS - 1, Math.floor((value - min) / width))]!++
  const limits = counts.map((_, i) => min + (i + 1) * width)
  const about = [double(1, min), double(2, max), double(3, finite.length), double(4, sum), double(5, squares)]
  return message(1, text(1, name), message(5, ...about, doubles(6, limits), doubles(7, counts)))
}

interface Plugin {
  readonly name: string
  readonly content: Uint8Array
  /** 2: a tensor, 3: texts; see summary.proto. */
  readonly dataClass?: 2 | 3
}

/** Numbers `shape` for a plugin. */
export function tensor(
  name: string,
  values: readonly number[],
  shape: readonly number[],
  plugin: Plugin,
): Value {
  const content = Buffer.from(Float32Array.from(values).buffer)
  return forPlugin(name, plugin, [int(1, 1), shapeOf(shape), bytes(4, content)])
}

/** A text for a plugin. */
export function textTensor(name: string, value: string, plugin: Plugin): Value {
  return forPlugin(name, plugin, [int(1, 7), shapeOf([]), text(8, value)])
}

function forPlugin(name: string, plugin: Plugin, fields: readonly Field[]): Value {
  const data = message(1, text(1, plugin.name), bytes(2, plugin.content))
  const dataClass = plugin.dataClass === undefined ? [] : [int(4, plugin.dataClass)]
  return message(1, text(1, name), message(9, data, ...dataClass), message(8, ...fields))
}

function shapeOf(shape: readonly number[]): Field {
  return message(2, ...shape.map(size => message(2, int(1, size))))
}

/** A file that TensorBoard reads while it grows. Times are milliseconds since 1970. */
export class EventFile {
  readonly #path: string

  constructor(folder: string, startedMs: number) {
    makeFolder(folder)
    const seconds = String(Math.floor(startedMs / 1000)).padStart(10, '0')
    this.#path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.0.v2`)
    this.#append([double(1, startedMs / 1000), text(3, 'brain.Event:2')])
  }

  add(step: number, atMs: number, values: readonly Value[]): void {
    if (values.length > 0) this.#append([double(1, atMs / 1000), int(2, step), message(5, ...values)])
  }

  #append(fields: readonly Field[]): void {
    appendFileSync(this.#path, recordOf(Buffer.concat(fields)))
  }
}
