/**
 * As much of Protocol Buffers' encoding as TensorBoard's messages need. A field that is `undefined` is left out.
 * Source: https://protobuf.dev/programming-guides/encoding/.
 */
export type Field = Uint8Array

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}

const tag = (field: number, wire: number): number[] => varint(field * 8 + wire)

export function int(field: number, value: number): Field {
  return Uint8Array.from([...tag(field, 0), ...varint(value)])
}

export function double(field: number, value: number): Field {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([Uint8Array.from(tag(field, 1)), bytes])
}

export function float(field: number, value: number): Field {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return Buffer.concat([Uint8Array.from(tag(field, 5)), bytes])
}

export function bytes(field: number, value: Uint8Array): Field {
  return Buffer.concat([Uint8Array.from([...tag(field, 2), ...varint(value.length)]), value])
}

export function text(field: number, value: string): Field {
  return bytes(field, Buffer.from(value))
}

export function message(field: number, ...fields: readonly Field[]): Field {
  return bytes(field, Buffer.concat(fields))
}

export function doubles(field: number, values: readonly number[]): Field {
  const packed = Buffer.alloc(8 * values.length)
  values.forEach((value, i) => {
    packed.writeDoubleLE(value, 8 * i)
  })
  return bytes(field, packed)
}
