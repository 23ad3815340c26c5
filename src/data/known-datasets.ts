import { type DataSource, fashionMnist, fashionMnistMini } from './source.ts'

/** Data that you can name without having files of it. */
export const knownDatasets: ReadonlyMap<string, DataSource> = new Map<string, DataSource>([
  ['fashion-mnist', fashionMnist()],
  ['fashion-mnist-mini', fashionMnistMini()],
])
