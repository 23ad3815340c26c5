/** An image of a dataset. */
export interface ImageOf {
  readonly split: 'train' | 'test'
  /** Counted from 0 within its split. */
  readonly index: number
  /** The class that it is labelled as. */
  readonly label: string
  /** The file that it was read from, if it is a file of its own. */
  readonly file?: string
}

/** What one side of a dataset is like. */
export interface AuditedSplit {
  readonly count: number
  /** The mean of all pixels, from 0 to 1. */
  readonly mean: number
  readonly std: number
  /** The share of pixels that are 0. */
  readonly zeros: number
  readonly classes: readonly { readonly name: string; readonly count: number; readonly mean: number }[]
}

/** Two images that look alike: `rms` is the root of the mean squared difference of their pixels, 0 to 255. */
interface AlikePair {
  readonly first: ImageOf
  readonly second: ImageOf
  readonly rms: number
}

/** An image that networks which were not trained on it confidently put into another class. */
export interface SuspectLabel extends ImageOf {
  readonly suggested: string
  /** The probabilities of both classes. */
  readonly ofLabel: number
  readonly ofSuggested: number
}

/** What is odd about a dataset, before anything is trained on it in earnest. */
export interface DataAudit {
  readonly dataset: {
    readonly name: string
    readonly fingerprint: string
    readonly imageShape: readonly number[]
    readonly classNames: readonly string[]
  }
  readonly splits: { readonly train: AuditedSplit; readonly test: AuditedSplit }
  /** Files that no decoder could read; they are left out of everything else. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[]
  /** Images of a single color. */
  readonly blank: readonly ImageOf[]
  readonly duplicates: {
    /** Images of the same bytes, in groups. */
    readonly exact: readonly (readonly ImageOf[])[]
    readonly mirrored: readonly (readonly [ImageOf, ImageOf])[]
    readonly near: {
      readonly below: number
      /** The nearest first; of each exact group one image stands for the others. */
      readonly pairs: readonly AlikePair[]
      readonly withinTrain: number
      readonly withinTest: number
      readonly across: number
      /** How many test images have such a training image. */
      readonly testImages: number
      readonly differentLabels: number
    }
  }
  readonly outliers: {
    /** The farthest from any image of a sample first. */
    readonly images: readonly (ImageOf & { readonly rms: number })[]
    readonly medianRms: number
    readonly sampleSize: number
  }
  /** `refused`: why labels were not judged. */
  readonly labels:
    | { readonly refused: string }
    | {
        readonly folds: number
        readonly epochs: number
        readonly seed: number
        /** The networks' accuracy on images that they were not trained on. */
        readonly accuracy: number
        /** The least plausible first. */
        readonly suspects: readonly SuspectLabel[]
        readonly pairs: readonly {
          readonly label: string
          readonly suggested: string
          readonly count: number
        }[]
        /** The accuracy of the same small network, trained and tested with the suspects and without them. */
        readonly scores: readonly {
          readonly trainedOn: 'all' | 'without suspects'
          readonly images: number
          readonly onAll: number
          readonly onUnsuspected: number
        }[]
      }
  /** What to know before training, in words; empty: nothing. */
  readonly findings: readonly string[]
}
