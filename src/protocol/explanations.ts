import type { Split } from './data.ts'

/** Numbers over an image or a feature map, row by row: that of a pixel is `values[y * width + x]`. */
export interface PixelMap {
  readonly height: number
  readonly width: number
  readonly values: readonly number[]
}

/** What a layer makes of one image. */
export interface LayerActivations {
  readonly layer: string
  readonly className: string
  /** The shape of one example: `[height, width, channels]`, `[steps, channels]` or `[features]`. */
  readonly shape: readonly number[]
  /** One for each channel of an image; a sequence is one map `steps × channels`, a row of features one of a single row. */
  readonly maps: readonly PixelMap[]
}

/** What the first layer with weights looks for: for each filter one map for each channel of its input. */
export interface LayerFilters {
  readonly layer: string
  readonly filters: readonly (readonly PixelMap[])[]
}

export interface GradCamMap {
  readonly layer: string
  /** False: the map of the usual layer is zero everywhere, and this is the last layer before it where it is not. */
  readonly isUsual: boolean
  /** Over the places of the layer. */
  readonly map: PixelMap
  /** The same over the pixels. */
  readonly onImage: PixelMap
}

/** What speaks for a class, over the pixels and not negative. */
export interface ClassMap {
  readonly map: PixelMap
  readonly method:
    | { readonly name: 'Grad-CAM'; readonly layer: string; readonly isUsual: boolean }
    | { readonly name: 'Integrated gradients' }
}

/** Why a network gave an image a class: one number for each pixel and method. */
export interface ImageExplanation {
  /** The network's outputs for the image, by class. */
  readonly outputs: readonly number[]
  readonly predicted: number
  /** The class that the maps explain. */
  readonly class: number
  /** How much the logit changes with the pixel: the largest |∂ logit / ∂ pixel| of its channels. */
  readonly saliency: PixelMap
  /** What each pixel adds to the logit, compared with a black image. */
  readonly integratedGradients: PixelMap & {
    /** What all pixels add, and what they should: the logit of the image less that of the black one. */
    readonly sum: number
    readonly difference: number
  }
  /** `null`: no layer of the network keeps the place of things, or the map is zero at all of them. */
  readonly gradCam: GradCamMap | null
  /** The one map to show if there is room for one. */
  readonly classMap: ClassMap
  /** What the output loses where a window hides the pixel. */
  readonly occlusion: PixelMap
}

/** Images as points on a plane: those that a layer sees as alike lie together. */
export interface Embedding {
  readonly method: 'pca' | 'umap'
  /** Whose output is drawn; `input`: the pixels themselves. */
  readonly layer: string
  /** `[x, y]` of each image. */
  readonly points: readonly (readonly [number, number])[]
  /** PCA: the share of all variance that lies along x and along y; UMAP: its settings. */
  readonly about:
    | { readonly shares: readonly [number, number] }
    | { readonly seed: number; readonly neighbors: number; readonly minDist: number }
}

/** How UMAP draws unless something else is chosen. */
export const usualUmap = { seed: 1, neighbors: 15, minDist: 0.1 } as const

/** More neighbours show nothing new, and take long to find. */
export const MOST_NEIGHBORS = 200

/** A map of the images of a run, with what they are labelled and what the network says. */
export interface ImageMap extends Embedding {
  readonly split: Split
  /** How many images the split has: the map has evenly spaced ones if these are more than it can show. */
  readonly of: number
  /** For each point: the number of its image, its label, the predicted class, and the output for that. */
  readonly indices: readonly number[]
  readonly labels: readonly number[]
  readonly predicted: readonly number[]
  readonly confidence: readonly number[]
}

/** What `heddle explain --json` prints. */
export interface ModelExplanation {
  /** As it was named. */
  readonly model: string
  readonly classNames: readonly string[]
  readonly layers: readonly Pick<LayerActivations, 'layer' | 'className' | 'shape'>[]
  readonly filters: LayerFilters | null
  readonly images: readonly ({ readonly name: string; readonly label: string | null } & ImageExplanation)[]
  /** The activations of the first image. */
  readonly activations: readonly LayerActivations[]
  /** `labels` are those of the points. */
  readonly embeddings: readonly (Embedding & { readonly labels: readonly string[] })[]
}
