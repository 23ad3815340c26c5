import { type DataSource, fashionMnist, fashionMnistMini } from '../data/source.ts'

const sources = {
  'fashion-mnist': fashionMnist(),
  'fashion-mnist-mini': fashionMnistMini(),
} satisfies Record<string, DataSource>

export const knownDatasets = Object.keys(sources) as KnownDatasetName[]

export type KnownDatasetName = keyof typeof sources

export function sourceOf(name: KnownDatasetName): DataSource {
  return sources[name]
}
