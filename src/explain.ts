// `heddle/explain`: why a network gives an image its class, and how it sees images.

export * from './insight/explain/index.ts'
export { type UmapOptions, umapEmbedding } from './insight/explain/umap.ts'
export type {
  Embedding,
  ImageExplanation,
  LayerActivations,
  LayerFilters,
  PixelMap,
} from './protocol/explanations.ts'
