import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import type { PixelMap } from '../../../src/protocol/explanations.ts'
import { Heat } from '../parts/map-view.tsx'
import { type Picture, Pixels } from '../parts/pixels.tsx'
import { type Brush, stroke } from './brush.ts'

type Point = readonly [number, number]

const moves: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** The network's input, to be drawn on: with a pointer, or with the arrow keys and space. */
export function Drawing({
  picture,
  brush,
  heat,
  onStart,
  onChange,
}: {
  readonly picture: Picture
  readonly brush: Brush
  readonly heat: { readonly map: PixelMap; readonly label: string } | null
  /** Before a stroke: what is there can be kept to come back to. */
  readonly onStart: () => void
  readonly onChange: (picture: Picture) => void
}) {
  const place = useRef<HTMLDivElement>(null)
  const last = useRef<Point | null>(null)
  const [cursor, setCursor] = useState<Point | null>(null)
  const { width, height } = picture

  const draw = (to: Point): void => {
    onChange(stroke(picture, [last.current ?? to, to], brush))
    last.current = to
  }
  const placeOf = (event: PointerEvent): Point => {
    const box = place.current!.getBoundingClientRect()
    return [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ]
  }
  const onKey = (event: KeyboardEvent): void => {
    const at = cursor ?? [Math.floor(width / 2), Math.floor(height / 2)]
    const move = moves[event.key]
    if (move) {
      const within = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value))
      setCursor([within(at[0] + move[0], width), within(at[1] + move[1], height)])
    } else if (event.key === ' ' || event.key === 'Enter') {
      setCursor(at)
      onStart()
      last.current = null
      draw([at[0] + 0.5, at[1] + 0.5])
    } else return
    event.preventDefault()
  }
  return (
    <div
      ref={place}
      className="drawing"
      style={{ aspectRatio: `${width} / ${height}` }}
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on with keys.
      tabIndex={0}
      aria-label={`Drawing, ${width} by ${height} pixels. Arrow keys move, space draws.`}
      onKeyDown={onKey}
      onFocus={event =>
        event.target.matches(':focus-visible') && setCursor([Math.floor(width / 2), Math.floor(height / 2)])
      }
      onBlur={() => setCursor(null)}
      onPointerDown={event => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        setCursor(null)
        onStart()
        last.current = null
        draw(placeOf(event))
      }}
      onPointerMove={event => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) draw(placeOf(event))
      }}
    >
      <Pixels picture={picture} />
      {heat && <Heat {...heat} />}
      {cursor && (
        <span
          className="drawing-cursor"
          style={{
            left: `${(100 * cursor[0]) / width}%`,
            top: `${(100 * cursor[1]) / height}%`,
            width: `${100 / width}%`,
            height: `${100 / height}%`,
          }}
        />
      )}
    </div>
  )
}
