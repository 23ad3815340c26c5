import type { Picture } from '../parts/pixels.tsx'

export interface Brush {
  /** The radius of the dab, in pixels of the picture. */
  readonly radius: number
  /** White, or black to take away. */
  readonly erases: boolean
}

/** A picture with a stroke from one place to another; places are in pixels, the middle of the first one is 0.5. */
export function stroke(
  picture: Picture,
  [from, to]: readonly [readonly [number, number], readonly [number, number]],
  { radius, erases }: Brush,
): Picture {
  const { width, height, channels } = picture
  const bytes = picture.bytes.slice()
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // Full within the radius, nothing a pixel further out: edges are soft, as in scaled photos.
      const ink = Math.min(1, Math.max(0, radius + 0.5 - distanceTo(from, to, [x + 0.5, y + 0.5])))
      for (let c = 0; c < channels; c++) {
        const at = (y * width + x) * channels + c
        bytes[at] = erases
          ? Math.min(bytes[at]!, Math.round(255 * (1 - ink)))
          : Math.max(bytes[at]!, Math.round(255 * ink))
      }
    }
  }
  return { ...picture, bytes }
}

/** From a point to the line between two others. */
function distanceTo(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  [x, y]: readonly [number, number],
): number {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length))
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
}
