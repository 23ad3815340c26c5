import { type DataSource, fashionMnist, fashionMnistMini } from '../data/source.ts'
import { oneOf } from '../spec/fields.ts'

const sources = {
  'fashion-mnist': fashionMnist(),
  'fashion-mnist-mini': fashionMnistMini(),
} satisfies Record<string, DataSource>

export const knownDatasets = Object.keys(sources) as KnownDatasetName[]

export type KnownDatasetName = keyof typeof sources

/** The name of a dataset that can be named on the command line. Throws a `UsageError` for another one. */
export function datasetName(text: string): KnownDatasetName {
  return oneOf(knownDatasets).parse(text, 'The dataset')
}

export function sourceOf(name: KnownDatasetName): DataSource {
  return sources[name]
}
