import { INPUT, type ModelSpec, sequential } from '../model/graph.ts'
import { definitionOf, type LayerSpec } from '../nn/layers/index.ts'

const LINE = 100

/**
 * A model as you would write it: TypeScript that makes the same value. Options that are defaults are left out.
 *
 * @example
 * modelCode(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]))
 * // "sequential([\n  flatten(),\n  dense({ units: 10, activation: 'softmax' }),\n])"
 */
export function modelCode({ nodes, inputShape, pretrained }: ModelSpec): string {
  const isChain = isSequential(nodes)
  const first = pretrained ? { pretrained: `pretrained(${valueCode(withoutKind(pretrained))})` } : {}
  const options = {
    ...(inputShape && { inputShape: valueCode(inputShape) }),
    ...(!isChain && first),
  }
  const more = Object.entries(options).map(([key, code]) => `${key}: ${code}`)
  const tail = more.length > 0 ? `, { ${more.join(', ')} }` : ''
  const lines = isChain
    ? [...Object.values(first), ...nodes.map(({ layer }) => layerCode(layer))]
    : nodes.map(
        ({ name, layer, inputs }) =>
          `${keyCode(name)}: [${[layerCode(layer), ...inputs.map(quoted)].join(', ')}]`,
      )
  const body = lines.map(line => `  ${line},\n`).join('')
  return isChain ? `sequential([\n${body}]${tail})` : `graph({\n${body}}${tail})`
}

/** Whether `sequential` gives the same names and inputs. */
function isSequential(nodes: ModelSpec['nodes']): boolean {
  const isChain = nodes.every(
    ({ inputs }, i) => inputs.length === 1 && inputs[0] === (nodes[i - 1]?.name ?? INPUT),
  )
  if (!isChain) return false
  const named = sequential(nodes.map(({ layer }) => layer)).nodes
  return nodes.every(({ name }, i) => name === named[i]!.name)
}

/** The functions that the code of models calls, to import. */
export function modelImports(models: readonly ModelSpec[]): string[] {
  const names = models.flatMap(model => [
    ...model.nodes.map(({ layer }) => layer.kind),
    ...(model.pretrained ? ['pretrained'] : []),
    modelCode(model).startsWith('graph') ? 'graph' : 'sequential',
  ])
  return [...new Set(names)].sort()
}

function layerCode(layer: LayerSpec): string {
  const { fields } = definitionOf(layer)
  const declared = fields as Readonly<Record<string, { readonly fallback?: unknown } | undefined>>
  const given = Object.entries(layer).filter(
    ([name, value]) => name !== 'kind' && JSON.stringify(value) !== JSON.stringify(declared[name]?.fallback),
  )
  if (given.length === 0) return `${layer.kind}()`
  return `${layer.kind}(${valueCode(Object.fromEntries(given))})`
}

function withoutKind({ kind: _, ...rest }: { readonly kind: string }): object {
  return rest
}

/** A plain value as TypeScript; a long list of numbers has a line of its own. */
function valueCode(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(valueCode).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([key, inner]) => `${keyCode(key)}: ${valueCode(inner)}`)
  const line = `{ ${entries.join(', ')} }`
  return entries.length === 0 ? '{}' : line.length <= LINE ? line : `{\n    ${entries.join(',\n    ')},\n  }`
}

function keyCode(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
