import { parseSpec, type Spec } from '../../base/schema.ts'
import { createDataset, type Dataset } from '../dataset.ts'
import type { LabelledImages } from '../examples.ts'
import { fashionMnistPreparation } from '../preparation.ts'
import type { LoadOptions } from './context.ts'
import type { SourceDefinition } from './definition.ts'
import { FASHION_MNIST_CLASSES } from './fashion-mnist-classes.ts'
import { parseIdx } from './idx.ts'
import { type KnownDataset, type Obtained, obtain } from './obtain.ts'

/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017; arXiv 1708.07747): its files, their checksums, its official mirrors. */
export const FASHION_MNIST: KnownDataset = Object.freeze({
  title: 'Fashion-MNIST',
  folder: 'fashion-mnist',
  files: [
    {
      name: 'train-images-idx3-ubyte',
      sizeBytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    {
      name: 'train-labels-idx1-ubyte',
      sizeBytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    {
      name: 't10k-images-idx3-ubyte',
      sizeBytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    {
      name: 't10k-labels-idx1-ubyte',
      sizeBytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  ],
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  debianPackage: 'dataset-fashion-mnist',
  advice:
    'What you can do: put the files, plain or as .gz, into a folder and name it with --data-dir or HEDDLE_DATA; or ' +
    'install them (on Debian and Ubuntu: apt install dataset-fashion-mnist); or, for a first look, use the built-in ' +
    'subset of 2,000 images by naming it: fashionMnistMini() in an experiment.',
})

/**
 * Finds the four files of Fashion-MNIST, fetching them if need be; see `obtain` for the order and the errors.
 *
 * @example
 * (await obtainFashionMnist()).provenance // such as 'cache /home/me/.cache/heddle/fashion-mnist'
 */
export function obtainFashionMnist(options: LoadOptions = {}): Promise<Obtained> {
  return obtain(FASHION_MNIST, options)
}

export type FashionMnistSpec = Spec<'fashionMnist', Record<never, never>>

/** Fashion-MNIST: 60,000 training and 10,000 test images, `[28, 28, 1]`, ten classes; see `obtain` for where it is found. */
export function fashionMnist(): FashionMnistSpec {
  return parseSpec('fashionMnist', {}, {})
}

export const fashionMnistSource: SourceDefinition<FashionMnistSpec> = {
  fields: {},
  load: (_spec, options) => loadFashionMnist(options),
  shape: [28, 28, 1],
}

/** 60,000 training and 10,000 test images of clothing, `[28, 28, 1]`, ten classes of equal size. */
export async function loadFashionMnist(options: LoadOptions = {}): Promise<Dataset> {
  return datasetOf('fashion-mnist', (await obtainFashionMnist(options)).files)
}

/** A dataset of the verified bytes of its four files. */
export function datasetOf(name: string, files: ReadonlyMap<string, Uint8Array>): Dataset {
  return createDataset({
    name,
    classNames: FASHION_MNIST_CLASSES,
    imageShape: [28, 28, 1],
    preparation: fashionMnistPreparation,
    train: examplesFrom(files, 'train'),
    test: examplesFrom(files, 't10k'),
  })
}

/** The images and labels of one split, of its two files. */
function examplesFrom(files: ReadonlyMap<string, Uint8Array>, split: 'train' | 't10k'): LabelledImages {
  const read = (name: string) => parseIdx(files.get(name)!, name).data
  return {
    images: read(`${split}-images-idx3-ubyte`),
    labels: Int32Array.from(read(`${split}-labels-idx1-ubyte`)),
  }
}
