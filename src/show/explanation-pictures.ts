import type { ImageExplanation, LayerActivations, LayerFilters, PixelMap } from '../protocol/explanations.ts'
import { type GridImage, imageGrid } from './image-grid.ts'
import { type Picture, stacked } from './picture.ts'
import { asRgb, overlay, paint, peakOf } from './pixel-colors.ts'

/** An image, what it is called, and what explains it. */
export interface ExplainedImage {
  readonly name: string
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array
  readonly label: string | null
  readonly explanation: ImageExplanation
}

interface Sheet {
  readonly title: string
  readonly imageShape: readonly [number, number, number]
  readonly classNames: readonly string[]
}

/** Pictures are drawn about this high. */
const HEIGHT = 112

/**
 * Images in rows, each with its maps: orange speaks for the class that is explained, blue against it. Every map is drawn in its
 * own scale.
 */
export function explanationSheet(
  images: readonly ExplainedImage[],
  { title, imageShape, classNames }: Sheet,
): Picture {
  const [height, width, channels] = imageShape
  const cells = images.flatMap(({ name, pixels, label, explanation }): GridImage[] => {
    const { saliency, integratedGradients, classMap, occlusion } = explanation
    const painted = (map: PixelMap, caption: string): GridImage => ({
      pixels: paint(map, peakOf([map])),
      caption,
    })
    return [
      { pixels: asRgb(pixels, channels), caption: label === null ? name : `${name}: ${label}` },
      painted(saliency, 'saliency'),
      painted(integratedGradients, 'integrated gradients'),
      {
        pixels: overlay(pixels, classMap.map, peakOf([classMap.map])),
        caption: classMap.method.name === 'Grad-CAM' ? `Grad-CAM, ${classMap.method.layer}` : 'for the class',
      },
      painted(occlusion, 'occlusion'),
    ]
  })
  const rowNames = images.map(({ explanation: { outputs, class: explained } }) => {
    const output = outputs[explained]!.toFixed(2)
    return `${classNames[explained]} ${output}`
  })
  const zoom = Math.max(1, Math.round((1.25 * HEIGHT) / height))
  return imageGrid(cells, { title, imageShape: [height, width, 3], columns: 5, rowNames, zoom, framed: true })
}

/** Longer rows of features are broken into lines. */
const LINE = 64
const MOST_MAPS = 64

/** What every layer makes of an image, one block for each layer with its shape; every map in its own scale. */
export function activationSheet(layers: readonly LayerActivations[]): Picture {
  const blocks = layers.map(({ layer, className, shape, maps }) => {
    const peak = peakOf(maps)
    const shown = maps.slice(0, MOST_MAPS).map(broken)
    const { height, width } = shown[0]!
    const cut = maps.length > MOST_MAPS ? `, the first ${MOST_MAPS}` : ''
    return imageGrid(
      shown.map(map => ({ pixels: paint(map, peakOf([map])) })),
      {
        title: `${layer} (${className}): ${shape.join(' × ')}${cut}, up to ${peak.toPrecision(3)}`,
        imageShape: [height, width, 3],
        columns: maps.length === 1 ? 1 : 16,
        framed: true,
        zoom: Math.max(1, Math.round(maps.length === 1 ? Math.min(14, 640 / width) : 56 / height)),
      },
    )
  })
  return stacked(blocks)
}

/** What the first layer looks for, all filters in one scale; of several input channels each has its row. */
export function filterSheet({ layer, filters }: LayerFilters): Picture {
  const peak = peakOf(filters.flat())
  const [first] = filters[0]!
  const { height, width } = first!
  const channels = filters[0]!.length
  const columns = Math.min(16, filters.length)
  const shown = filters.slice(0, MOST_MAPS)
  const blocks = Array.from({ length: channels }, (_, c) =>
    imageGrid(
      shown.map(filter => ({ pixels: paint(filter[c]!, peak) })),
      {
        title: `${layer}: ${filters.length} filters of ${height} × ${width}${channels > 1 ? `, input channel ${c}` : ''}, up to ${peak.toPrecision(3)}`,
        imageShape: [height, width, 3],
        columns,
        framed: true,
        zoom: Math.max(1, Math.round(60 / height)),
      },
    ),
  )
  return stacked(blocks)
}

/** A single long row in lines; the last one is filled up with nothing. */
function broken(map: PixelMap): PixelMap {
  if (map.height > 1 || map.width <= LINE) return map
  const height = Math.ceil(map.width / LINE)
  const values = Array.from({ length: height * LINE }, (_, i) => map.values[i] ?? 0)
  return { height, width: LINE, values }
}
