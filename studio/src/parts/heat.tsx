import { useEffect, useRef } from 'react'
import type { PixelMap } from '../../../src/protocol/explanations.ts'

/** Orange is seen on black and on white. */
const COLOUR = [255, 122, 26]
const STRONGEST = 200

/** A map of numbers that are not negative, to be laid over a picture: the largest is the strongest. */
export function Heat({ map, label }: { readonly map: PixelMap; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height, values } = map
  useEffect(() => {
    const image = new ImageData(width, height)
    const most = Math.max(...values)
    values.forEach((value, p) => {
      image.data.set(COLOUR, 4 * p)
      image.data[4 * p + 3] = most > 0 ? (STRONGEST * value) / most : 0
    })
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0)
  }, [width, height, values])
  return <canvas ref={canvas} className="heat" width={width} height={height} role="img" aria-label={label} />
}
