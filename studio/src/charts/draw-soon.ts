const waiting = new Map<object, () => void>()
let isDrawing = false

/**
 * Draws one chart after the other, each in a task of its own: several large charts that change together then delay no key by the time of all of
 * them. What is newest is drawn, once; the first one at once. Returns what takes it back.
 */
export function drawSoon(chart: object, draw: () => void): () => void {
  waiting.set(chart, draw)
  if (!isDrawing) drawNext()
  return () => {
    if (waiting.get(chart) === draw) waiting.delete(chart)
  }
}

function drawNext(): void {
  const [next] = waiting
  isDrawing = next !== undefined
  if (!next) return
  waiting.delete(next[0])
  setTimeout(drawNext)
  next[1]()
}
