import type { ECharts } from 'echarts/core'
import { useEffect, useRef } from 'react'

interface Ref<T> {
  readonly current: T | null
}

/** A shorter way than this is a click. */
const LEAST_PX = 6

/** Dragging with the mouse over a chart chooses a part of its x-axis; a double click chooses the whole of it. Fingers scroll the page. */
export function useZoom(
  place: Ref<HTMLElement>,
  chart: Ref<ECharts>,
  onZoom: ((range: readonly [number, number] | null) => void) | undefined,
): void {
  const latest = useRef(onZoom)
  latest.current = onZoom
  const isOn = onZoom !== undefined
  useEffect(() => {
    if (!isOn) return
    const box = place.current!
    const area = document.createElement('div')
    area.className = 'chart-area'
    let start: number | null = null
    const xOf = (event: PointerEvent): number => event.clientX - box.getBoundingClientRect().left
    const onDown = (event: PointerEvent): void => {
      const { top } = box.getBoundingClientRect()
      const isInside = chart.current!.containPixel('grid', [xOf(event), event.clientY - top])
      if (event.pointerType === 'mouse' && event.button === 0 && isInside) start = xOf(event)
    }
    const onMove = (event: PointerEvent): void => {
      if (start === null || Math.abs(xOf(event) - start) < LEAST_PX) return
      box.append(area)
      area.style.left = `${Math.min(start, xOf(event))}px`
      area.style.width = `${Math.abs(xOf(event) - start)}px`
    }
    const onUp = (event: PointerEvent): void => {
      area.remove()
      if (start === null) return
      const ends = [start, xOf(event)].sort((a, b) => a - b)
      start = null
      if (ends[1]! - ends[0]! < LEAST_PX) return
      const [low, high] = ends.map(x => Number(chart.current!.convertFromPixel({ xAxisIndex: 0 }, x)))
      if (Number.isFinite(low) && Number.isFinite(high)) latest.current?.([low!, high!])
    }
    const onWhole = (): void => latest.current?.(null)
    box.addEventListener('pointerdown', onDown)
    box.addEventListener('dblclick', onWhole)
    addEventListener('pointermove', onMove)
    addEventListener('pointerup', onUp)
    return () => {
      area.remove()
      box.removeEventListener('pointerdown', onDown)
      box.removeEventListener('dblclick', onWhole)
      removeEventListener('pointermove', onMove)
      removeEventListener('pointerup', onUp)
    }
  }, [isOn, place, chart])
}
