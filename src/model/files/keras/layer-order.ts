/** A layer with the names of those that it reads. */
interface Reading {
  readonly name: string
  readonly inputs: readonly string[]
}

/**
 * The layers of a graph in the order that Keras gives them when it builds the graph, and by which it finds their weights: the
 * farthest from the output first; of one distance, as they are met on the way back from the output. The last layer is the
 * output. Source: `map_graph` in https://github.com/keras-team/keras/blob/master/keras/src/ops/function.py.
 */
export function kerasOrder<L extends Reading>(layers: readonly L[]): L[] {
  const byName = new Map(layers.map(layer => [layer.name, layer]))
  const distance = new Map<string, number>()
  for (const { name, inputs } of layers.toReversed()) {
    const own = distance.get(name) ?? 0
    distance.set(name, own)
    for (const input of inputs) distance.set(input, Math.max(own + 1, distance.get(input) ?? 0))
  }
  const met = new Map<string, number>()
  const waiting = layers.length > 0 ? [layers.at(-1)!.name] : []
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const layer = byName.get(name)
    if (!layer || met.has(name)) continue
    met.set(name, met.size)
    waiting.push(...layer.inputs.toReversed())
  }
  return layers.toSorted(
    (a, b) => distance.get(b.name)! - distance.get(a.name)! || met.get(a.name)! - met.get(b.name)!,
  )
}
