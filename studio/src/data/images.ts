import { type LabelCorrections, mostImages, type Split } from '../../../src/protocol/data.ts'
import { getBytes, send } from '../api.ts'
import type { Picture } from '../parts/pixels.tsx'
import { type Loaded, useCurrent, useLoaded } from '../parts/use-loaded.ts'

export type ImageShape = readonly [height: number, width: number, channels: number]

/** Until a shape is known: the same each time, so that nothing is asked again. */
export const NO_SHAPE: ImageShape = [1, 1, 1]

/** Images one after the other, as the server sends them. */
export function picturesOf(bytes: Uint8Array, [height, width, channels]: ImageShape): Picture[] {
  const size = height * width * channels
  return Array.from({ length: bytes.length / size }, (_, i) => ({
    width,
    height,
    channels,
    bytes: bytes.subarray(i * size, (i + 1) * size),
  }))
}

/** The images of a dataset with these indices, in their order; what was there stays until they have come. */
export function useImages(
  name: string,
  { split, indices, shape }: { split: Split; indices: readonly number[]; shape: ImageShape },
): Loaded<ReadonlyMap<number, Picture>> {
  const most = mostImages(shape[0] * shape[1] * shape[2])
  return useLoaded([name, split, ...shape, ...indices].join(), async signal => {
    const found = new Map<number, Picture>()
    for (let first = 0; first < indices.length; first += most) {
      const part = indices.slice(first, first + most)
      const path = `/data/${encodeURIComponent(name)}/${split}/images?indices=${part}`
      const pictures = picturesOf(await getBytes(path, signal), shape)
      for (const [i, index] of part.entries()) found.set(index, pictures[i]!)
    }
    return found
  })
}

/** The label of every example. */
export function useLabels(name: string, split: Split): Loaded<Uint16Array> {
  const path = `/data/${encodeURIComponent(name)}/${split}/labels`
  return useCurrent(
    path,
    async signal => new Uint16Array((await getBytes(path, signal)).buffer as ArrayBuffer),
  )
}

/**
 * Keeps the label that an example should have; its own one takes the correction away. Refused if it should be something else
 * meanwhile than `was`, which the page showed.
 */
export function correct(
  name: string,
  { split, index }: { split: Split; index: number },
  { label, was }: { label: string; was?: string | undefined },
): Promise<LabelCorrections> {
  const path = `/data/${encodeURIComponent(name)}/${split}/labels/${index}`
  return send('PUT', path, { label, ...(was !== undefined && { was }) })
}

/** Keeps one label for many examples. */
export function correctAll(
  name: string,
  { split, indices }: { split: Split; indices: readonly number[] },
  label: string,
): Promise<LabelCorrections> {
  return send('PUT', `/data/${encodeURIComponent(name)}/${split}/labels`, { label, indices })
}
