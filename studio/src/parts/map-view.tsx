import { useEffect, useRef } from 'react'
import type { PixelMap } from '../../../src/protocol/explanations.ts'
import './map-view.css'

const POSITIVE = [224, 106, 20]
const NEGATIVE = [43, 116, 200]

/** Numbers as a picture: orange above zero, blue below, the stronger the farther from it; `most` is full strength. */
export function MapView({
  map: { width, height, values },
  most,
  label,
}: {
  readonly map: PixelMap
  readonly most: number
  readonly label?: string
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const image = new ImageData(width, height)
    values.forEach((value, p) => {
      image.data.set(value >= 0 ? POSITIVE : NEGATIVE, 4 * p)
      image.data[4 * p + 3] = most > 0 ? Math.min(255, (255 * Math.abs(value)) / most) : 0
    })
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0)
  }, [width, height, values, most])
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return <canvas ref={canvas} className="map-view" width={width} height={height} {...named} />
}

/** The largest distance from zero in any of some maps, of the numbers that are finite. */
export function mostOf(maps: readonly PixelMap[]): number {
  return maps.reduce(
    (most, { values }) => values.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), most),
    0,
  )
}
