import { type DragEvent, type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from 'react'
import { choose, type How, kept, NONE, neighbour, neighbourTile, type Selection } from './selection.ts'

/** What is done with the pictures that are selected. */
interface Doing {
  readonly classNames: readonly string[]
  readonly onMove: (pictures: readonly string[], to: string) => void
  readonly onRemove: (pictures: readonly string[]) => void
  readonly onOpen: (id: string) => void
}

const ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']

/** Choosing pictures with pointer and keys, over all classes, and moving or removing them. */
export function usePicking(order: readonly string[], { classNames, onMove, onRemove, onOpen }: Doing) {
  const [given, setSelection] = useState<Selection>(NONE)
  const selection = kept(given, order)
  const [wanted, setWanted] = useState<string | null>(null)
  const at = wanted !== null && order.includes(wanted) ? wanted : (order[0] ?? null)
  const root = useRef<HTMLElement>(null)
  const focusNext = useRef(false)
  // After a change the keys go on at a neighbour, whose tile may have to be drawn first.
  useEffect(() => {
    if (!focusNext.current || at === null) return
    focusNext.current = false
    tileOf(root.current, at)?.focus()
  })
  const goTo = (id: string | null): void => {
    setWanted(id)
    focusNext.current = true
  }
  const pick = (id: string, how: How): void => {
    setSelection(choose(selection, order, id, how))
    setWanted(id)
  }
  const chosen = (): readonly string[] =>
    selection.ids.size > 0 ? order.filter(id => selection.ids.has(id)) : at === null ? [] : [at]
  const leave = (pictures: readonly string[]): void => {
    goTo(neighbour(order, at, new Set(pictures)))
    setSelection(NONE)
  }
  const move = (to: string): void => {
    // Those that are in the class already stay.
    const going = chosen().filter(id => !id.startsWith(`${to}/`))
    if (going.length === 0) return
    leave(going)
    onMove(going, to)
  }
  const remove = (): void => {
    const pictures = chosen()
    if (pictures.length === 0) return
    leave(pictures)
    onRemove(pictures)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const id = (event.target as HTMLElement).dataset.picture
    if (id === undefined || event.altKey) return
    const { key } = event
    const isCommand = event.ctrlKey || event.metaKey
    if (key === ' ') pick(id, 'toggle')
    else if (key === 'Enter') onOpen(id)
    else if (key === 'Escape') setSelection(NONE)
    else if (key === 'Delete' || key === 'Backspace') remove()
    else if (isCommand && key === 'a') {
      const own = `${id.split('/')[0]}/`
      setSelection({ ids: new Set(order.filter(one => one.startsWith(own))), anchor: id })
    } else if (!isCommand && /^[1-9]$/.test(key) && classNames[Number(key) - 1] !== undefined)
      move(classNames[Number(key) - 1]!)
    else if (ARROWS.includes(key)) {
      const tiles = tilesIn(root.current)
      const boxes = tiles.map(tile => tile.getBoundingClientRect())
      const to = tiles[neighbourTile(boxes, tiles.indexOf(event.target as HTMLElement), key)]!
      to.focus()
      setWanted(to.dataset.picture!)
      if (event.shiftKey) {
        const from = selection.anchor === null ? choose(NONE, order, id, 'only') : selection
        setSelection(choose(from, order, to.dataset.picture!, 'range'))
      }
    } else return
    event.preventDefault()
  }

  /** What a tile needs. */
  const tile = (id: string) => ({
    'data-picture': id,
    'aria-selected': selection.ids.has(id),
    tabIndex: id === at ? 0 : -1,
    draggable: true,
    onClick: (event: MouseEvent) => {
      const isTouch = (event.nativeEvent as PointerEvent).pointerType === 'touch'
      pick(id, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey || isTouch ? 'toggle' : 'only')
    },
    onDoubleClick: () => onOpen(id),
    onDragStart: (event: DragEvent) => {
      if (!selection.ids.has(id)) pick(id, 'only')
      event.dataTransfer.setData(TILES, '')
      event.dataTransfer.effectAllowed = 'move'
    },
  })

  return {
    root,
    onKeyDown,
    /** The picture that keys start from. */
    at,
    tile,
    count: selection.ids.size,
    chosen,
    move,
    remove,
    clear: () => setSelection(NONE),
    selectAll: (ids: readonly string[]) => {
      setSelection({ ids: new Set(ids), anchor: ids[0] ?? null })
      goTo(ids[0] ?? null)
    },
  }
}

export type Picking = ReturnType<typeof usePicking>

/** What tiles of the page are dragged as. */
export const TILES = 'application/x-heddle-pictures'

function tilesIn(root: HTMLElement | null): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[data-picture]') ?? [])]
}

function tileOf(root: HTMLElement | null, id: string): HTMLElement | undefined {
  return tilesIn(root).find(({ dataset }) => dataset.picture === id)
}
