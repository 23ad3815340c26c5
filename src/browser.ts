// `heddle/browser`: everything that runs without Node, which is all but reading and writing files (docs/decisions/0010-webassembly.md).

export * from './core.ts'
export * from './insight/explain/index.ts'
export * from './insight/index.ts'
export type { DataAudit, ImageOf, SuspectLabel } from './protocol/audit.ts'
export type {
  Embedding,
  ImageExplanation,
  LayerActivations,
  LayerFilters,
  PixelMap,
} from './protocol/explanations.ts'
