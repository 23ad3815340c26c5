import { fileURLToPath } from 'node:url'
import { HeddleError } from '../../base/errors.ts'
import { parseSpec, type Spec } from '../../base/schema.ts'
import type { Dataset } from '../dataset.ts'
import type { SourceDefinition } from './definition.ts'
import { datasetOf } from './fashion-mnist.ts'
import { findKnownFile, type KnownFile } from './known-files.ts'

/** In the package's own `data/`: src/data/sources and dist/data/sources are equally deep. */
const FOLDER = fileURLToPath(new URL('../../../data/fashion-mnist-mini/', import.meta.url))

/** Written by scripts/make-mini.mjs, which prints these checksums. */
const FILES: readonly KnownFile[] = [
  {
    name: 'train-images-idx3-ubyte',
    sizeBytes: 1_176_016,
    sha256: '1fd0769cad235f8cfb0c3ed6f7e52fd005c4c50088f9dc43d52051ca70ecc672',
  },
  {
    name: 'train-labels-idx1-ubyte',
    sizeBytes: 1_508,
    sha256: '3317de950899d958f766f29ecbead3f0364f40cd4fd0659d2ae0244c4fa5d0a2',
  },
  {
    name: 't10k-images-idx3-ubyte',
    sizeBytes: 392_016,
    sha256: '8fdf02ada67d92f4db5ba3c2f6c5b1cc6186ba6e0efd4914661e4389e103b81e',
  },
  {
    name: 't10k-labels-idx1-ubyte',
    sizeBytes: 508,
    sha256: '9c71808b3a0ebfc091442c0009a7aa35be2d9622bf6aaf6891ce9a0088e96c07',
  },
]

export type FashionMnistMiniSpec = Spec<'fashionMnistMini', Record<never, never>>

/** The built-in subset of Fashion-MNIST: 1,500 training and 500 test images, without any network. */
export function fashionMnistMini(): FashionMnistMiniSpec {
  return parseSpec('fashionMnistMini', {}, {})
}

export const fashionMnistMiniSource: SourceDefinition<FashionMnistMiniSpec> = {
  fields: {},
  load: () => loadFashionMnistMini(),
  shape: [28, 28, 1],
}

/**
 * The built-in subset of Fashion-MNIST: the first 150 training and 50 test images of each class, in original order.
 * Needs no network; for tests and a first look, never used unless it is named.
 */
export async function loadFashionMnistMini(): Promise<Dataset> {
  const files = new Map<string, Uint8Array>()
  for (const file of FILES) {
    const finding = await findKnownFile(FOLDER, file)
    if (finding.state !== 'sound') {
      const reason = finding.state === 'absent' ? 'it is missing' : finding.reason
      throw new HeddleError(
        `Heddle's own ${FOLDER}${file.name}.gz cannot be used: ${reason}. Install Heddle again.`,
      )
    }
    files.set(file.name, finding.bytes)
  }
  return datasetOf('fashion-mnist-mini', files)
}
