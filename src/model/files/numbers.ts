// Kinds of numbers in files for which JavaScript has no arrays.

/** The number that 16 bits mean in IEEE 754. */
export function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

const scratch = new DataView(new ArrayBuffer(4))

/** The number of which bfloat16 has the upper half. */
export function fromBrainFloat(bits: number): number {
  scratch.setUint32(0, bits * 2 ** 16)
  return scratch.getFloat32(0)
}
