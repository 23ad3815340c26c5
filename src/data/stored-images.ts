/**
 * Images in a file that are read as they are needed: a set may be larger than memory. Views of the same file, so that `take` copies
 * nothing.
 */
export interface StoredImages {
  readonly count: number
  /** Bytes of one image. */
  readonly size: number
  /** The images of these indices in this order. Throws a `HeddleError` if the file cannot be read any more. */
  read(indices: ArrayLike<number>): Uint8Array
  /** These images in this order, still in their file. */
  take(indices: ArrayLike<number>): StoredImages
  /** These images and then others of the same size, still in their files. */
  followedBy(others: StoredImages): StoredImages
  /** Equal where the images are. */
  readonly identity: string
  /** A name for the content of one image: images with the same name are equal, also in different sets. */
  nameOf(index: number): string
  /** An answer that follows from the images and from `question`, and takes long to find: it is kept beside the file. */
  remember(question: string, find: () => string): string
}
