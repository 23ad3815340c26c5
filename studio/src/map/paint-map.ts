import type { Palette } from '../charts/palette.ts'
import type { Place } from './outlook.ts'

interface Painted {
  /** `[x, y]` of each point, in pixels. */
  readonly places: Float64Array
  readonly size: Place
  /** `null`: the point is hidden. */
  readonly colors: readonly (string | null)[]
  readonly chosen: ReadonlySet<number>
  readonly outline: readonly Place[]
  /** Where keys are. */
  readonly cursor: Place | null
  readonly pointed: number | null
  readonly palette: Palette
}

/** Points are larger where they are few. */
const sideOf = (count: number): number => (count > 4000 ? 4 : count > 800 ? 5 : 7)
const FAINT = 0.18

/** Draws all points: ten thousand take some milliseconds. */
export function paintMap(canvas: HTMLCanvasElement, painted: Painted): void {
  const { places, size, colors, chosen, palette } = painted
  const [width, height] = size
  canvas.width = Math.round(width * devicePixelRatio)
  canvas.height = Math.round(height * devicePixelRatio)
  const context = canvas.getContext('2d')!
  context.scale(devicePixelRatio, devicePixelRatio)
  const side = sideOf(colors.length)
  const square = (point: number, extra = 0): void =>
    context.fillRect(
      places[2 * point]! - side / 2 - extra,
      places[2 * point + 1]! - side / 2 - extra,
      side + 2 * extra,
      side + 2 * extra,
    )
  context.globalAlpha = chosen.size > 0 ? FAINT : 0.75
  // A new colour costs more than a point.
  for (const one of new Set(colors)) {
    if (one === null) continue
    context.fillStyle = one
    colors.forEach((color, point) => {
      if (color === one && !chosen.has(point)) square(point)
    })
  }
  context.globalAlpha = 1
  for (const point of chosen) {
    const color = colors[point]
    if (!color) continue
    context.fillStyle = palette.surface
    square(point, 1)
    context.fillStyle = color
    square(point)
  }
  if (painted.pointed !== null) {
    context.fillStyle = palette.text
    square(painted.pointed, 3)
    context.fillStyle = colors[painted.pointed] ?? palette.text
    square(painted.pointed, 1)
  }
  paintOutline(context, painted)
}

function paintOutline(
  context: CanvasRenderingContext2D,
  { outline, cursor, palette }: Pick<Painted, 'outline' | 'cursor' | 'palette'>,
): void {
  context.strokeStyle = palette.accent
  context.fillStyle = palette.accent
  context.lineWidth = 1.5
  if (outline.length > 1) {
    context.beginPath()
    for (const [x, y] of outline) context.lineTo(x, y)
    context.closePath()
    context.stroke()
    context.globalAlpha = 0.1
    context.fill()
    context.globalAlpha = 1
  }
  if (!cursor) return
  const [x, y] = cursor
  context.beginPath()
  context.moveTo(x - 9, y)
  context.lineTo(x + 9, y)
  context.moveTo(x, y - 9)
  context.lineTo(x, y + 9)
  context.stroke()
}
