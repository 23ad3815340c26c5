import { readFile } from 'node:fs/promises'
import type { Pair } from '../../base/schema.ts'
import { decodeBmp } from '../pictures/bmp.ts'
import type { ColorMode } from './decode.ts'
import { listImageFolder } from './folder-listing.ts'
import { loadSharp } from './sharp.ts'

/** What a folder of images is like, without its pixels. */
export interface FolderSurvey {
  readonly classNames: readonly string[]
  /** Numbers of images; null where the folder has no such part. */
  readonly train: number
  readonly validation: number | null
  readonly test: number | null
  /** The mode that loses nothing: `grayscale` where all files are grey. */
  readonly colorMode: ColorMode
  /** `[height, width]` of the smallest and the largest image by pixels, and whether all have one size. */
  readonly smallest: Pair
  readonly largest: Pair
  readonly isOneSize: boolean
  /** The median of the shorter sides. */
  readonly medianSide: number
}

/** Number of files, evenly spread, whose headers are read. */
const SAMPLE = 300

/** Looks at the names and some headers of a folder of images. Throws as `listImageFolder` does. */
export async function surveyImageFolder(root: string): Promise<FolderSurvey> {
  const { classNames, train, validation, test } = await listImageFolder(root)
  const sharp = await loadSharp()
  const step = Math.max(1, train.paths.length / SAMPLE)
  const sizes: Pair[] = []
  let isGrey = true
  for (let at = 0; at < train.paths.length; at += step) {
    const path = train.paths[Math.floor(at)]!
    // Loading says which files cannot be read.
    const header =
      (await sharp(path)
        .metadata()
        .catch(() => null)) ?? (await bmpHeader(path).catch(() => null))
    if (!header) continue
    // Orientations from 5 lie on their side.
    const isTurned = (header.orientation ?? 1) >= 5
    sizes.push(isTurned ? [header.width, header.height] : [header.height, header.width])
    if (header.channels > 2) isGrey = false
  }
  if (sizes.length === 0) sizes.push([64, 64])
  const byPixels = sizes.toSorted((a, b) => a[0] * a[1] - b[0] * b[1])
  const [smallest, largest] = [byPixels[0]!, byPixels.at(-1)!]
  const sides = sizes.map(([height, width]) => Math.min(height, width)).sort((a, b) => a - b)
  return {
    classNames,
    train: train.paths.length,
    validation: validation?.paths.length ?? null,
    test: test?.paths.length ?? null,
    colorMode: isGrey ? 'grayscale' : 'rgb',
    smallest,
    largest,
    isOneSize: sizes.every(([height, width]) => height === smallest[0] && width === smallest[1]),
    medianSide: sides[Math.floor(sides.length / 2)]!,
  }
}

/** What sharp says of a picture, of a BMP, which it does not read: grey where all its colours are. */
async function bmpHeader(path: string) {
  const { width, height, levels } = decodeBmp(await readFile(path))
  const isGrey = levels.every((level, i) => level === levels[i - (i % 3)])
  return { width, height, channels: isGrey ? 1 : 3, orientation: 1 }
}
