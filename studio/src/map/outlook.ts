export type Place = readonly [x: number, y: number]

/** Which part of a plane a canvas shows: what is in its middle, and how many pixels a unit takes. */
export interface Outlook {
  readonly x: number
  readonly y: number
  readonly scale: number
}

const MARGIN = 24

/** The outlook that has all points in sight. */
export function outlookOf(points: readonly Place[], [width, height]: Place): Outlook {
  const range = (axis: 0 | 1): Place =>
    points.reduce(
      ([low, high], point) => [Math.min(low, point[axis]), Math.max(high, point[axis])],
      [Infinity, -Infinity],
    )
  const [left, right] = range(0)
  const [low, high] = range(1)
  const scaleOf = (pixels: number, units: number): number =>
    Math.max(1, pixels - 2 * MARGIN) / (units || Number.EPSILON)
  return {
    x: (left + right) / 2,
    y: (low + high) / 2,
    scale: Math.min(scaleOf(width, right - left), scaleOf(height, high - low), 1e9),
  }
}

/** `[x, y]` of each point in pixels; y grows upwards on the plane and downwards on the screen. */
export function onScreen(
  points: readonly Place[],
  { x, y, scale }: Outlook,
  [width, height]: Place,
): Float64Array {
  const places = new Float64Array(2 * points.length)
  points.forEach((point, i) => {
    places[2 * i] = width / 2 + (point[0] - x) * scale
    places[2 * i + 1] = height / 2 - (point[1] - y) * scale
  })
  return places
}

/** Zooms by a factor; what is at a pixel stays there. */
export function zoomed({ x, y, scale }: Outlook, factor: number, at: Place, [width, height]: Place): Outlook {
  const [right, up] = [at[0] - width / 2, height / 2 - at[1]]
  const change = 1 / scale - 1 / (scale * factor)
  return { x: x + right * change, y: y + up * change, scale: scale * factor }
}

/** Moves what is shown by pixels. */
export function moved({ x, y, scale }: Outlook, [right, down]: Place): Outlook {
  return { x: x - right / scale, y: y + down / scale, scale }
}

/** Two fingers. */
export type Pair = readonly [Place, Place]

/** What two fingers make of a map by moving: what was between them stays between them, and is as much larger as they are farther apart. */
export function pinched(outlook: Outlook, before: Pair, now: Pair, size: Place): Outlook {
  const apart = ([[ax, ay], [bx, by]]: Pair): number => Math.max(1, Math.hypot(bx - ax, by - ay))
  const between = ([[ax, ay], [bx, by]]: Pair): Place => [(ax + bx) / 2, (ay + by) / 2]
  const [from, to] = [between(before), between(now)]
  return moved(zoomed(outlook, apart(now) / apart(before), from, size), [to[0] - from[0], to[1] - from[1]])
}

/** Whether a place is in a polygon: a ray from it crosses the border an odd number of times. */
export function isWithin(polygon: readonly Place[], x: number, y: number): boolean {
  let isIn = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i]!, polygon[j]!]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn
  }
  return isIn
}

/** A box as a polygon. */
export function boxOf([ax, ay]: Place, [bx, by]: Place): readonly Place[] {
  return [
    [ax, ay],
    [bx, ay],
    [bx, by],
    [ax, by],
  ]
}

/** The numbers of the points in a polygon. */
export function pointsWithin(polygon: readonly Place[], places: Float64Array): number[] {
  const found: number[] = []
  for (let i = 0; i < places.length / 2; i++)
    if (isWithin(polygon, places[2 * i]!, places[2 * i + 1]!)) found.push(i)
  return found
}

/** The point that is nearest to a pixel; `null`: none is within `most` pixels. */
export function nearestTo(
  [x, y]: Place,
  places: Float64Array,
  { most, isShown }: { readonly most: number; readonly isShown: (point: number) => boolean },
): number | null {
  let [best, least]: [number | null, number] = [null, most * most]
  for (let i = 0; i < places.length / 2; i++) {
    const square = (places[2 * i]! - x) ** 2 + (places[2 * i + 1]! - y) ** 2
    if (square <= least && isShown(i)) [best, least] = [i, square]
  }
  return best
}
