import { formOf } from '../../base/schema.ts'
import { type OptionText, optionsText, optionTexts, shownOptions } from '../../protocol/options.ts'
import { definitionOf, type LayerSpec } from './index.ts'

/**
 * The options of a layer that are not defaults, and its size or rate, as summaries, reports and the studio show them.
 *
 * @example
 * layerOptions(conv2d({ filters: 8, kernelSize: 3, kernelRegularizer: 'l2' }))
 * // 'filters 8, kernelSize 3 × 3, kernelRegularizer l2 (l2 0.01)'
 */
export function layerOptions(layer: LayerSpec): string {
  return optionsText(layer, formOf(definitionOf(layer).fields))
}

/** The same, a text for each option. */
export function shownLayerOptions(layer: LayerSpec): readonly string[] {
  return shownOptions(layer, formOf(definitionOf(layer).fields))
}

/** Every option of a layer as text, the defaults too. */
export function layerOptionTexts(layer: LayerSpec): readonly OptionText[] {
  return optionTexts(layer, formOf(definitionOf(layer).fields))
}
