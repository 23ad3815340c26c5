import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { usePalette } from '../charts/palette.ts'
import { Fingers } from './fingers.ts'
import {
  boxOf,
  moved,
  nearestTo,
  type Outlook,
  onScreen,
  outlookOf,
  type Place,
  pinched,
  pointsWithin,
  zoomed,
} from './outlook.ts'
import { paintMap } from './paint-map.ts'
import { useSize } from './use-size.ts'

/** What a drag does. */
export const tools = { lasso: 'Lasso', box: 'Box', move: 'Move' } as const
export type Tool = keyof typeof tools

const [REACH, STEP, ZOOM] = [10, 12, 1.5]
const steps: Readonly<Record<string, Place>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
}

/**
 * Points on a plane: a drag chooses those inside it, or moves the map; keys do the same. With Shift or Ctrl a drag adds to what is chosen.
 */
export function MapCanvas({
  points,
  colors,
  chosen,
  tool,
  label,
  onChoose,
  hint,
}: {
  readonly points: readonly Place[]
  /** The colour of each point; `null`: it is hidden. */
  readonly colors: readonly (string | null)[]
  readonly chosen: ReadonlySet<number>
  readonly tool: Tool
  readonly label: string
  readonly onChoose: (points: readonly number[], adds: boolean) => void
  /** What a point is. */
  readonly hint: (point: number) => ReactNode
}) {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const size = useSize(frame)
  const palette = usePalette()
  const whole = useMemo(() => outlookOf(points, size), [points, size])
  const [own, setOwn] = useState<Outlook | null>(null)
  const [fingers] = useState(() => new Fingers())
  const outlook = own ?? whole
  const places = useMemo(() => onScreen(points, outlook, size), [points, outlook, size])
  const [drag, setDrag] = useState<readonly Place[]>([])
  const [pointed, setPointed] = useState<number | null>(null)
  const [keys, setKeys] = useState<{ readonly at: Place; readonly from: Place | null } | null>(null)
  const isShown = (point: number): boolean => colors[point] !== null
  const box = keys?.from ? boxOf(keys.from, keys.at) : null
  const outline =
    box ?? (tool === 'move' ? [] : tool === 'box' && drag.length > 1 ? boxOf(drag[0]!, drag.at(-1)!) : drag)
  useEffect(() => {
    paintMap(canvas.current!, {
      places,
      size,
      colors,
      chosen,
      outline,
      cursor: keys?.at ?? null,
      pointed,
      palette,
    })
  }, [places, size, colors, chosen, outline, keys, pointed, palette])

  const at = (event: { readonly clientX: number; readonly clientY: number }): Place => {
    const { left, top } = canvas.current!.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }
  const middle: Place = [size[0] / 2, size[1] / 2]
  const zoom = (factor: number, around: Place): void => setOwn(zoomed(outlook, factor, around, size))
  const latest = useRef(zoom)
  latest.current = zoom
  useEffect(() => {
    const element = canvas.current!
    // The page scrolls unless the map has the focus, or the gesture means zooming.
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && document.activeElement !== frame.current) return
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      latest.current(Math.exp(-event.deltaY / 300), [event.clientX - left, event.clientY - top])
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [])

  const choose = (polygon: readonly Place[], adds: boolean): void =>
    onChoose(pointsWithin(polygon, places).filter(isShown), adds)
  const onMove = (event: PointerEvent): void => {
    const place = at(event)
    const pinch = fingers.move(event.pointerId, place)
    if (pinch) setOwn(before => pinched(before ?? whole, pinch.before, pinch.now, size))
    if (fingers.count > 1) return
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) {
      setPointed(nearestTo(place, places, { most: REACH, isShown }))
      return
    }
    // A finger that is left after a pinch begins no drag.
    if (drag.length === 0) return
    if (tool === 'move') setOwn(moved(outlook, [event.movementX, event.movementY]))
    else setDrag([...drag, place])
  }
  const onUp = (event: PointerEvent): void => {
    fingers.up(event.pointerId)
    // Another button than the first one begins no drag.
    if (drag.length === 0) return
    const adds = event.shiftKey || event.ctrlKey || event.metaKey
    const isClick = drag.length < 3
    if (isClick && tool !== 'move') {
      const one = nearestTo(at(event), places, { most: REACH, isShown })
      onChoose(one === null ? [] : [one], adds)
    } else if (tool !== 'move') choose(outline, adds)
    setDrag([])
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = steps[event.key]
    const now = keys?.at ?? middle
    if (step) {
      const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
      const to: Place = [within(now[0] + step[0], size[0]), within(now[1] + step[1], size[1])]
      setKeys({ at: to, from: event.shiftKey ? (keys?.from ?? now) : null })
      setPointed(nearestTo(to, places, { most: REACH, isShown }))
    } else if (event.key === 'Enter' || event.key === ' ') {
      const adds = event.ctrlKey || event.metaKey
      if (box) choose(box, adds)
      else onChoose(pointed === null ? [] : [pointed], adds)
      setKeys({ at: now, from: null })
    } else if (event.key === 'Escape' && (keys?.from || chosen.size > 0)) {
      setKeys({ at: now, from: null })
      onChoose([], false)
    } else if (event.key === '+' || event.key === '=') zoom(ZOOM, now)
    else if (event.key === '-') zoom(1 / ZOOM, now)
    else if (event.key === '0') setOwn(null)
    else return
    event.preventDefault()
  }
  return (
    <div className="map-frame">
      <div
        ref={frame}
        className="map-canvas"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys choose points here.
        tabIndex={0}
        aria-label={`${label} Arrow keys move the cross, with Shift they draw a box, Enter chooses what is in it. Plus and minus zoom, 0 shows all.`}
        onKeyDown={onKey}
        onBlur={() => setKeys(null)}
      >
        <canvas
          ref={canvas}
          data-tool={tool}
          onPointerDown={event => {
            if (event.button !== 0) return
            event.currentTarget.setPointerCapture(event.pointerId)
            setKeys(null)
            setPointed(null)
            if (event.pointerType === 'touch') fingers.down(event.pointerId, at(event))
            setDrag(fingers.count > 1 ? [] : [at(event)])
          }}
          onPointerMove={onMove}
          onPointerUp={onUp}
          onPointerCancel={event => {
            fingers.up(event.pointerId)
            setDrag([])
          }}
          onPointerLeave={() => setPointed(null)}
        />
        {pointed !== null && drag.length === 0 && (
          <div
            className="map-hint"
            data-left={places[2 * pointed]! > size[0] / 2}
            data-above={places[2 * pointed + 1]! > size[1] / 2}
            style={{ left: places[2 * pointed]!, top: places[2 * pointed + 1]! }}
          >
            {hint(pointed)}
          </div>
        )}
      </div>
      <div className="map-zoom">
        <button type="button" aria-label="Zoom in" onClick={() => zoom(ZOOM, middle)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / ZOOM, middle)}>
          −
        </button>
        <button type="button" disabled={own === null} onClick={() => setOwn(null)}>
          All
        </button>
      </div>
    </div>
  )
}
