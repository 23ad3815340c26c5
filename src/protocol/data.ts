/** The most images that one answer has, if each takes `imageBytes`: many screens of small ones. */
export function mostImages(imageBytes: number): number {
  return Math.max(1, Math.min(500, Math.floor(4e6 / imageBytes)))
}

export type Split = 'train' | 'test'

/** A dataset as its page begins; labels and images follow as bytes. */
export interface DataPage {
  readonly name: string
  readonly classNames: readonly string[]
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number]
  readonly fingerprint: string
  /** `validation`: images that the data has itself to validate on; 0 where it has none. */
  readonly counts: Readonly<Record<Split | 'validation', number>>
  readonly corrections: LabelCorrections
}

/** New labels, as names of classes by index. */
export type LabelCorrections = Readonly<Record<Split, Readonly<Record<string, string>>>>

/** Words for groups of images, and the numbers of the images that have them. */
export type ImageTags = Readonly<Record<string, Readonly<Record<Split, readonly number[]>>>>
