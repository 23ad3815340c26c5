import type { Preparation, PreparedSteps } from '../../../src/data/preparation.ts'

const FITS = { stretch: 'stretched to', crop: 'cut around its middle to', pad: 'laid on black in' } as const

/** How a picture became the input, in a sentence. */
export function stepsText(
  { colorMode, crop, fit }: Preparation,
  { opaque, prepared, cropped, facts }: PreparedSteps,
): string {
  const size = (of: { readonly width: number; readonly height: number }): string =>
    `${of.width} × ${of.height}`
  const done = [
    ...(crop === 'thing' && !facts.isReady ? [`cut to the object, ${size(cropped)}`] : []),
    ...(colorMode === 'grayscale' && opaque.channels === 3 ? ['made grey'] : []),
    ...(facts.isInverted ? ['inverted, as its background is light'] : []),
    facts.isReady ? `${size(prepared)} as it was` : `${FITS[fit]} ${size(prepared)} pixels`,
  ]
  const text = done.join('; ')
  return `${text[0]!.toUpperCase()}${text.slice(1)}. The pictures of its training were prepared the same way.`
}
