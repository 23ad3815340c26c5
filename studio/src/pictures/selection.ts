/** The pictures that are selected, and the one that a range begins at. */
export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly anchor: string | null
}

export const NONE: Selection = { ids: new Set(), anchor: null }

/** `only`: this one instead of others; `toggle`: this one too, or no longer; `range`: all from the anchor to it. */
export type How = 'only' | 'toggle' | 'range'

/** The selection after a picture was chosen; `order` has all pictures as they are shown. */
export function choose(before: Selection, order: readonly string[], id: string, how: How): Selection {
  if (how === 'toggle') {
    const ids = new Set(before.ids)
    if (!ids.delete(id)) ids.add(id)
    return { ids, anchor: id }
  }
  const from = before.anchor === null ? -1 : order.indexOf(before.anchor)
  if (how === 'only' || from < 0) return { ids: new Set([id]), anchor: id }
  const to = order.indexOf(id)
  return { ids: new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1)), anchor: before.anchor }
}

/** Without pictures that are no longer there. */
export function kept(before: Selection, order: readonly string[]): Selection {
  const there = new Set(order)
  const ids = [...before.ids].filter(id => there.has(id))
  if (ids.length === before.ids.size) return before
  return {
    ids: new Set(ids),
    anchor: before.anchor !== null && there.has(before.anchor) ? before.anchor : null,
  }
}

/** The picture to go to when some are taken away: the next one that stays, else the one before; `null`: none stays. */
export function neighbour(
  order: readonly string[],
  at: string | null,
  gone: ReadonlySet<string>,
): string | null {
  const start = at === null ? 0 : Math.max(0, order.indexOf(at))
  const stays = (id: string): boolean => !gone.has(id)
  return order.slice(start).find(stays) ?? order.slice(0, start).findLast(stays) ?? null
}

/** Where a tile is on the page. */
export interface TileBox {
  readonly left: number
  readonly top: number
}

/** The index of the tile that an arrow key leads to from tile `at`; a row that ends leads to the next class. */
export function neighbourTile(boxes: readonly TileBox[], at: number, key: string): number {
  const last = boxes.length - 1
  const here = boxes[at]!
  const nearest = (row: readonly number[]): number =>
    row.reduce((best, i) =>
      Math.abs(boxes[i]!.left - here.left) < Math.abs(boxes[best]!.left - here.left) ? i : best,
    )
  const rowAt = (top: number): number[] => [...boxes.keys()].filter(i => Math.abs(boxes[i]!.top - top) < 1)
  const below = boxes.find(({ top }) => top > here.top + 1)
  const above = boxes.findLast(({ top }) => top < here.top - 1)
  if (key === 'ArrowLeft') return Math.max(0, at - 1)
  if (key === 'ArrowRight') return Math.min(last, at + 1)
  if (key === 'ArrowDown') return below ? nearest(rowAt(below.top)) : last
  if (key === 'ArrowUp') return above ? nearest(rowAt(above.top)) : 0
  return key === 'Home' ? 0 : last
}
