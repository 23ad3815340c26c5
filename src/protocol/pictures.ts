// Your own pictures, as the studio's page shows them: an ordinary folder with a folder for each class.

/** More pictures than this in one folder are work for the command line. */
export const MOST_PICTURES = 10_000
/** The largest file that a page sends. */
export const MOST_PICTURE_BYTES = 30e6
/** Fewer pictures of a class than this say little: a fifth of them, that is one or two, are the test. */
export const FEW_PICTURES = 10

/** One folder of pictures in a list of them. */
export interface PictureSetRow {
  readonly name: string
  readonly classes: number
  readonly pictures: number
  /** Some of its pictures, of different classes. */
  readonly covers: readonly StoredPicture[]
}

export interface StoredPicture {
  /** Its class and its file: `cat/IMG_1.jpg`. */
  readonly id: string
  /** Another content of the same file has another one. */
  readonly version: string
}

export interface PictureClass {
  readonly name: string
  readonly pictures: readonly StoredPicture[]
}

export interface PictureSetPage {
  readonly name: string
  /** Where it is, seen from the folder in which the studio runs: `pictures/flowers`. */
  readonly folder: string
  readonly classes: readonly PictureClass[]
  /** What is taken back next: `3 pictures moved to cat`; `null`: there is nothing to take back. */
  readonly undo: string | null
  /** Files in the folders of classes that are no pictures, or links. */
  readonly leftOut: readonly string[]
}

/** What became of a file that a page sent. */
export interface AddedPicture extends StoredPicture {
  /** The same picture was in the class already: there is still one of it. */
  readonly isThere: boolean
}

/** Something to know before training, and the pictures that it is about. */
export interface PictureFinding {
  readonly kind:
    | 'classes'
    | 'few'
    | 'uneven'
    | 'unreadable'
    | 'torn'
    | 'copies'
    | 'alike'
    | 'blank'
    | 'small'
    | 'shape'
  /** `error`: training would be refused, or its numbers wrong. */
  readonly severity: 'error' | 'warning' | 'note'
  readonly text: string
  /** Their ids; of copies, all but one. */
  readonly pictures: readonly string[]
}

/** What is known of the pictures so far: all of them when `looked` is `total`. */
export interface PictureAudit {
  readonly looked: number
  readonly total: number
  readonly findings: readonly PictureFinding[]
}
