import { useEffect, useState } from 'react'
import { mostImages, type Split } from '../../../src/protocol/data.ts'
import { getBytes } from '../api.ts'
import type { Picture } from '../parts/pixels.tsx'

export type ImageShape = readonly [height: number, width: number, channels: number]

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

export interface Loaded<T> {
  readonly data: T | null
  readonly error: Error | null
}

/** The images of a dataset with these indices, in their order; what was there stays until they have come. */
export function useImages(
  name: string,
  { split, indices, shape }: { split: Split; indices: readonly number[]; shape: ImageShape },
): Loaded<ReadonlyMap<number, Picture>> {
  const [loaded, setLoaded] = useState<Loaded<ReadonlyMap<number, Picture>>>({ data: null, error: null })
  const list = indices.join()
  useEffect(() => {
    const controller = new AbortController()
    const wanted = list.split(',').filter(Boolean).map(Number)
    if (wanted.length === 0) {
      setLoaded({ data: new Map(), error: null })
      return
    }
    const most = mostImages(shape[0] * shape[1] * shape[2])
    const load = async (): Promise<Map<number, Picture>> => {
      const found = new Map<number, Picture>()
      for (let first = 0; first < wanted.length; first += most) {
        const part = wanted.slice(first, first + most)
        const path = `/data/${encodeURIComponent(name)}/${split}/images?indices=${part}`
        const pictures = picturesOf(await getBytes(path, controller.signal), shape)
        for (const [i, index] of part.entries()) found.set(index, pictures[i]!)
      }
      return found
    }
    load().then(
      data => setLoaded({ data, error: null }),
      error => controller.signal.aborted || setLoaded({ data: null, error }),
    )
    return () => controller.abort()
  }, [name, split, list, shape])
  return loaded
}

/** The label of every example. */
export function useLabels(name: string, split: Split): Loaded<Uint16Array> {
  const [loaded, setLoaded] = useState<Loaded<Uint16Array> & { readonly of: string }>({
    data: null,
    error: null,
    of: '',
  })
  const path = `/data/${encodeURIComponent(name)}/${split}/labels`
  useEffect(() => {
    const controller = new AbortController()
    getBytes(path, controller.signal).then(
      bytes => setLoaded({ data: new Uint16Array(bytes.buffer as ArrayBuffer), error: null, of: path }),
      error => controller.signal.aborted || setLoaded({ data: null, error, of: path }),
    )
    return () => controller.abort()
  }, [path])
  return loaded.of === path ? loaded : { data: null, error: null }
}
