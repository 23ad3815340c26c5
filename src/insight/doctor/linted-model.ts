import type { Shape } from '../../base/shape.ts'
import { INPUT } from '../../model/graph.ts'
import type { Model, ModelLayer } from '../../model/model.ts'
import type { Activation } from '../../nn/layers/activations.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import type { LayerRole, Window } from '../../nn/layers/layer.ts'

/** A layer with what rules ask of it. */
export interface LintedLayer extends ModelLayer {
  readonly role: LayerRole
  /** Its own activation's name; `linear` where it has none. */
  readonly activation: string
  readonly window: Window | null
}

/** A model whose layers can be followed from one to the next. */
export interface LintedModel extends Omit<Model, 'layers'> {
  readonly layers: readonly LintedLayer[]
  /** The layers that read this one. */
  readersOf(layer: LintedLayer): readonly LintedLayer[]
  /** The layers that this one reads; none is the image. */
  inputsOf(layer: LintedLayer): readonly LintedLayer[]
  /** The layers that read the image. */
  readonly first: readonly LintedLayer[]
}

export function lintedModel(model: Model): LintedModel {
  const layers = model.layers.map((layer): LintedLayer => {
    const definition = definitionOf(layer.layer)
    const { activation = 'linear' } = layer.layer as { readonly activation?: Activation }
    return {
      ...layer,
      role: definition.role,
      activation: typeof activation === 'string' ? activation : activation.kind,
      window: definition.window?.(layer.layer) ?? null,
    }
  })
  const byName = new Map(layers.map(layer => [layer.name, layer]))
  return {
    ...model,
    layers,
    readersOf: ({ name }) => layers.filter(layer => layer.inputs.includes(name)),
    inputsOf: ({ inputs }) => inputs.flatMap(name => byName.get(name) ?? []),
    first: layers.filter(layer => layer.inputs.includes(INPUT)),
  }
}

/** The axes along which windows slide: height and width, or steps, or none. */
export function extentOf(shape: Shape): readonly number[] {
  return shape.slice(0, -1)
}

/** What passes values on as they are, or each by itself: whatever comes after it sees the same layer. */
const PASSING: readonly LayerRole[] = ['shape', 'dropout', 'noise', 'normalization', 'scaling']

/** The layers that make what this one reads: back past everything that only passes values on. */
function makersOf(model: LintedModel, layer: LintedLayer): LintedLayer[] {
  return model
    .inputsOf(layer)
    .flatMap(input => (PASSING.includes(input.role) ? makersOf(model, input) : [input]))
}

/** The layer that makes the outputs, and the activation that they leave it with. */
export function headOf(model: LintedModel): { readonly layer: LintedLayer; readonly activation: string } {
  const last = model.layers.at(-1)!
  const layer = PASSING.includes(last.role) ? (makersOf(model, last)[0] ?? last) : last
  return { layer, activation: layer.activation }
}

/** The last layers with weights that lead to the outputs, which `headOf` may have an activation of its own behind. */
export function isHead(model: LintedModel, layer: LintedLayer): boolean {
  return model
    .readersOf(layer)
    .every(reader => reader.role !== 'weights' && reader.role !== 'merge' && isHead(model, reader))
}
