import { useMemo } from 'react'
import type { PixelMap } from '../../../src/protocol/explanations.ts'
import { type Picture, Pixels } from './pixels.tsx'

const POSITIVE = [224, 106, 20]
const NEGATIVE = [43, 116, 200]
/** Orange is seen on black and on white. */
const HEAT = [255, 122, 26]

/** Numbers as a picture: orange above zero, blue below, the stronger the farther from it; `most` is full strength. */
export function MapView({
  map,
  most,
  label,
}: {
  readonly map: PixelMap
  readonly most: number
  readonly label: string
}) {
  const picture = useMemo(
    () => painted(map, value => [value >= 0 ? POSITIVE : NEGATIVE, Math.abs(value) / most]),
    [map, most],
  )
  return <Pixels picture={picture} className="map-view" label={label} />
}

/** A map of numbers that are not negative, to be laid over a picture: the largest is the strongest. */
export function Heat({ map, label }: { readonly map: PixelMap; readonly label: string }) {
  const picture = useMemo(() => {
    const most = Math.max(...map.values)
    return painted(map, value => [HEAT, ((200 / 255) * value) / most])
  }, [map])
  return <Pixels picture={picture} className="heat" label={label} />
}

/** Each number as a colour that covers a share of what is below it; no share (0 of 0): nothing. */
function painted(
  { width, height, values }: PixelMap,
  paint: (value: number) => readonly [color: readonly number[], share: number],
): Picture {
  const bytes = new Uint8Array(4 * values.length)
  values.forEach((value, p) => {
    const [color, share] = paint(value)
    bytes.set([...color, Math.round(255 * Math.min(1, share || 0))], 4 * p)
  })
  return { width, height, channels: 4, bytes }
}

/** The largest distance from zero in any of some maps, of the numbers that are finite. */
export function mostOf(maps: readonly PixelMap[]): number {
  return maps.reduce(
    (most, { values }) => values.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), most),
    0,
  )
}
