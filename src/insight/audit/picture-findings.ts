import { HeddleError } from '../../base/errors.ts'
import { listOf, plural } from '../../base/text.ts'
import { recordingOf } from '../../data/sources/recordings.ts'
import { FEW_PICTURES, type PictureFinding } from '../../protocol/pictures.ts'
import { exactDuplicates } from './exact-duplicates.ts'
import { nearDuplicates } from './near-duplicates.ts'

/** Height and width of the small versions that are compared. */
export const SEEN_SIDE = 32
/** Shorter sides below this are enlarged for nearly every network. */
const SMALL = 32
/** A picture that is this many times as wide or as high as usual is distorted when it is made square. */
const ODD_SHAPE = 2
/** The largest class has more than this many times the pictures of the smallest. */
const UNEVEN = 2
/** On the scale from 0 to 255, as in `auditData`. */
const NEAR = 10

/** A picture that was opened, or why it could not be. */
export interface LookedAt {
  readonly id: string
  /** The size of the file, upright. */
  readonly width: number
  readonly height: number
  /** RGB `[SEEN_SIDE, SEEN_SIDE, 3]`; `null`: it cannot be read. */
  readonly pixels: Uint8Array | null
  readonly unreadable: string | null
}

interface LookedAtClass {
  readonly name: string
  readonly pictures: readonly LookedAt[]
}

/**
 * What to know of pictures by class before anything is trained on them: too few, not readable, the same twice, nearly the same,
 * of a single colour, small, of an odd shape. The most important first. `auditData` looks deeper, with networks.
 */
export function pictureFindings(classes: readonly LookedAtClass[]): readonly PictureFinding[] {
  const pictures = classes.flatMap(({ name, pictures }) =>
    pictures.map(picture => ({ ...picture, class: name })),
  )
  const readable = pictures.filter(picture => picture.pixels !== null)
  return [
    ...ofCounts(classes),
    ...ofUnreadable(pictures.filter(({ pixels }) => pixels === null)),
    ...ofRecordings(classes),
    ...ofCopies(readable),
    ...ofLooks(readable),
  ]
}

type OfClass = LookedAt & { readonly class: string }

function* ofCounts(classes: readonly LookedAtClass[]): Iterable<PictureFinding> {
  const of = (
    kind: PictureFinding['kind'],
    severity: PictureFinding['severity'],
    text: string,
  ): PictureFinding => ({ kind, severity, text, pictures: [] })
  if (classes.length < 2) {
    yield of('classes', 'error', 'A network learns to tell classes apart: it needs two classes or more.')
  }
  const counts = classes.map(({ name, pictures }) => ({
    name,
    count: pictures.filter(({ pixels }) => pixels !== null).length,
  }))
  const named = (which: typeof counts): string => listOf(which.map(({ name, count }) => `${name} (${count})`))
  const none = counts.filter(({ count }) => count < 2)
  if (none.length > 0)
    yield of(
      'few',
      'error',
      `A class needs two pictures at least, one to learn and one to test: ${named(none)}.`,
    )
  const few = counts.filter(({ count }) => count >= 2 && count < FEW_PICTURES)
  if (few.length > 0) {
    yield of(
      'few',
      'warning',
      `With fewer than ${FEW_PICTURES} pictures of a class, the test cannot show how well a network recognises it: ${named(few)}. Collect at least ${FEW_PICTURES} of each class; 50 are better.`,
    )
  }
  const [least, most] = [Math.min(...counts.map(one => one.count)), Math.max(...counts.map(one => one.count))]
  if (least >= 2 && most > UNEVEN * least) {
    const small = counts.find(({ count }) => count === least)!
    const large = counts.find(({ count }) => count === most)!
    yield of(
      'uneven',
      'warning',
      `${large.name} has ${(most / least).toFixed(1)} times as many pictures as ${small.name}: a network will guess ${large.name} too often. Add pictures of ${small.name}.`,
    )
  }
}

function* ofUnreadable(pictures: readonly OfClass[]): Iterable<PictureFinding> {
  const [first] = pictures
  if (!first) return
  yield {
    kind: 'unreadable',
    severity: 'warning',
    text: `${plural(pictures.length, 'file')} cannot be read and will be left out, such as ${first.id}: ${first.unreadable}`,
    pictures: pictures.map(({ id }) => id),
  }
}

/** A class whose test shows the frames of the recording that was learned. */
function* ofRecordings(classes: readonly LookedAtClass[]): Iterable<PictureFinding> {
  const single = classes.filter(({ pictures }) => {
    const recordings = new Set(pictures.map(({ id }) => recordingOf(id)))
    return pictures.length > 1 && recordings.size === 1 && !recordings.has(null)
  })
  if (single.length === 0) return
  yield {
    kind: 'recording',
    severity: 'warning',
    text: `${listOf(single.map(({ name }) => name))}: all pictures are of one recording, so the test resembles what was learned. Record again at another place.`,
    pictures: [],
  }
}

/** The same picture twice; and of the others, pairs that look nearly alike. */
function* ofCopies(pictures: readonly OfClass[]): Iterable<PictureFinding> {
  const imageSize = SEEN_SIDE * SEEN_SIDE * 3
  const images = new Uint8Array(pictures.length * imageSize) // [count, side, side, 3]
  pictures.forEach(({ pixels }, i) => {
    images.set(pixels!, i * imageSize)
  })
  const { groups } = exactDuplicates(images, [SEEN_SIDE, SEEN_SIDE, 3])
  const ofGroup = groups.map(group => group.map(i => pictures[i]!))
  const isTorn = (group: readonly OfClass[]): boolean => new Set(group.map(one => one.class)).size > 1
  const torn = ofGroup.filter(isTorn)
  if (torn.length > 0) {
    const [first, ...rest] = torn[0]!
    const other = rest.find(one => one.class !== first!.class)!
    yield {
      kind: 'torn',
      severity: 'error',
      text: `${plural(torn.length, 'picture is', 'pictures are')} in more than one class, such as ${first!.id} and ${other.id}: one of the classes is wrong.`,
      pictures: torn.flat().map(({ id }) => id),
    }
  }
  const copies = ofGroup.filter(group => !isTorn(group))
  if (copies.length > 0) {
    yield {
      kind: 'copies',
      severity: 'warning',
      text: `${plural(copies.length, 'picture is', 'pictures are')} there more than once, such as ${copies[0]![0]!.id} and ${copies[0]![1]!.id}: a network recognises a copy in the test from memory.`,
      pictures: copies.flatMap(([, ...others]) => others.map(({ id }) => id)),
    }
  }
  const again = new Set(groups.flatMap(([, ...others]) => others))
  const near = nearPairs(images, imageSize, again)
  if (near === null) {
    yield {
      kind: 'alike',
      severity: 'warning',
      text: 'More than a million pairs of pictures are nearly alike: the test is easier than life. Record less at one place, and more at others.',
      pictures: [],
    }
  } else if (near.length > 0) {
    const alike = new Set(near.map(({ second }) => second))
    yield {
      kind: 'alike',
      severity: 'warning',
      text: `${plural(alike.size, 'picture is', 'pictures are')} nearly like another one, as ${pictures[near[0]!.second]!.id} is like ${pictures[near[0]!.first]!.id}: where one is learned and the other tested, the test is easier than life.`,
      pictures: [...alike].map(i => pictures[i]!.id),
    }
  }
}

/** `null`: they are too many to be counted, as of a long recording of a thing that stands still. */
function nearPairs(images: Uint8Array, imageSize: number, leaveOut: ReadonlySet<number>) {
  try {
    return nearDuplicates(images, { imageSize, below: NEAR, leaveOut })
  } catch (error) {
    if (error instanceof HeddleError) return null
    throw error
  }
}

function* ofLooks(pictures: readonly OfClass[]): Iterable<PictureFinding> {
  const of = (
    kind: PictureFinding['kind'],
    found: readonly OfClass[],
    text: (first: OfClass) => string,
  ): PictureFinding[] =>
    found.length === 0
      ? []
      : [{ kind, severity: 'note', text: text(found[0]!), pictures: found.map(({ id }) => id) }]
  const blank = pictures.filter(({ pixels }) => pixels!.every((level, i) => level === pixels![i % 3]))
  yield* of(
    'blank',
    blank,
    first => `${plural(blank.length, 'picture has', 'pictures have')} a single colour, such as ${first.id}.`,
  )
  const small = pictures.filter(({ width, height }) => Math.min(width, height) < SMALL)
  yield* of(
    'small',
    small,
    first =>
      `${plural(small.length, 'picture has', 'pictures have')} a side below ${SMALL} pixels, such as ${first.id} (${first.width} × ${first.height}): they will be blurred.`,
  )
  const shape = ({ width, height }: OfClass): number => width / height
  const usual = pictures.map(shape).sort((a, b) => a - b)[pictures.length >> 1] ?? 1
  const odd = pictures.filter(one => Math.max(shape(one) / usual, usual / shape(one)) > ODD_SHAPE)
  yield* of(
    'shape',
    odd,
    first =>
      `${plural(odd.length, 'picture has', 'pictures have')} another shape than most, such as ${first.id} (${first.width} × ${first.height}): they will be distorted.`,
  )
}
