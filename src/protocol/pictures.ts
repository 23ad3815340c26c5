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
  /** Its path, seen from the folder in which the studio runs: `pictures/flowers`. */
  readonly folder: string
  readonly classes: readonly PictureClass[]
  /** What is taken back next: `3 pictures moved to cat`; `null`: there is nothing to take back. */
  readonly undo: string | null
  /** Files in the folders of classes that are not pictures, or links. */
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
    | 'recording'
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

/** What a training of the pictures will be. */
export interface PicturePlan {
  /** What was chosen for them, and why: as `heddle run` prints it. */
  readonly chosen: readonly (readonly [name: string, text: string])[]
  /** What its runs are called. */
  readonly experiment: string
  readonly dataset: string
  /** Model files of the project that a network can begin from. */
  readonly backbones: readonly string[]
}

/** How many test pictures a network was right about. */
export interface Tested {
  readonly right: number
  readonly count: number
  /** Wilson's, 95 %: where the true share lies for pictures like these. */
  readonly interval: readonly [number, number]
}

/** A test picture that was taken for another class. */
export interface Mistake {
  readonly picture: StoredPicture
  readonly label: string
  readonly predicted: string
  /** The probability of the predicted class. */
  readonly confidence: number
}

/** What a network that was trained on the pictures makes of those that it never saw. */
export interface PictureResult {
  readonly all: Tested
  readonly classes: readonly (Tested & { readonly name: string })[]
  /** The surest first; `null`: the pictures have changed since the training. */
  readonly mistakes: readonly Mistake[] | null
}
