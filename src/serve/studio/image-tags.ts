import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { boundedJson } from '../../base/json.ts'
import { count } from '../../base/text.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { ImageTags, Split } from '../../protocol/data.ts'
import { dataFields, imageTagFields, splitFields } from '../../protocol/requests.ts'
import type { Api } from '../refusals.ts'
import type { StudioContext } from './context.ts'

/** A file of tags: those of the data with this fingerprint. */
interface Kept {
  readonly fingerprint: string
  readonly tags: ImageTags
}

/** Numbers of a million images under several tags. */
const MOST_BYTES = 64_000_000
const NONE: Readonly<Record<Split, readonly number[]>> = { train: [], test: [] }

/** Tags that users gave to images, beside the runs: a file for each version of a dataset, so that data which comes back has its tags again. */
export class KeptImageTags {
  readonly #folder: string
  readonly #mostBytes: number
  #writing: Promise<unknown> = Promise.resolve()

  constructor(storeFolder: string, mostBytes = MOST_BYTES) {
    this.#folder = join(storeFolder, 'image-tags')
    this.#mostBytes = mostBytes
  }

  /** Throws a `HeddleError` for a file that was damaged. */
  async of(name: string, data: Pick<Dataset, 'fingerprint'>): Promise<ImageTags> {
    const path = this.#fileOf(name, data)
    const text = await readFile(path, 'utf8').catch(error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    })
    if (text === null) return {}
    const kept = keptIn(text, this.#mostBytes)
    if (kept?.fingerprint !== data.fingerprint)
      throw new HeddleError(`${path} is not a file of tags: repair it, or move it away.`)
    return kept.tags
  }

  /** Gives a tag to images, or takes it away. Returns all tags that there are now. Throws a `UsageError` for more than a file may hold. */
  change(
    name: string,
    data: Pick<Dataset, 'fingerprint'>,
    {
      split,
      tag,
      indices,
      does,
    }: { split: Split; tag: string; indices: readonly number[]; does: 'add' | 'remove' },
  ): Promise<ImageTags> {
    const written = this.#writing.then(async () => {
      const all = await this.of(name, data)
      const before = Object.hasOwn(all, tag) ? all[tag]! : NONE
      const { [tag]: _, ...others } = all
      const own = new Set(before[split])
      for (const index of indices) {
        if (does === 'add') own.add(index)
        else own.delete(index)
      }
      const after = { ...before, [split]: [...own].sort((a, b) => a - b) }
      const isLeft = after.train.length + after.test.length > 0
      const tags: ImageTags = isLeft ? { ...others, [tag]: after } : others
      const kept: Kept = { fingerprint: data.fingerprint, tags }
      const bytes = Buffer.from(`${JSON.stringify(kept)}\n`)
      if (bytes.length > this.#mostBytes)
        throw new UsageError(
          `The tags of ${name} would take ${count(bytes.length)} bytes, and a file of tags holds ${count(this.#mostBytes)}: take a tag away first.`,
        )
      await replaceFile(this.#fileOf(name, data), [bytes])
      return tags
    })
    this.#writing = written.catch(() => {})
    return written
  }

  #fileOf(name: string, { fingerprint }: Pick<Dataset, 'fingerprint'>): string {
    return join(this.#folder, `${encodeURIComponent(name)}-${fingerprint.slice(0, 16)}.json`)
  }
}

function keptIn(text: string, mostBytes: number): Kept | null {
  try {
    const { fingerprint, tags } = boundedJson(text, mostBytes) as Partial<Kept>
    const isNumbers = (numbers: unknown): boolean =>
      Array.isArray(numbers) && numbers.every(number => Number.isInteger(number) && number >= 0)
    const isSound =
      typeof fingerprint === 'string' &&
      Object.values(tags as ImageTags).every(of => isNumbers(of.train) && isNumbers(of.test))
    return isSound ? { fingerprint, tags: tags as ImageTags } : null
  } catch {
    return null
  }
}

/** Tags of images: read and changed. */
export function imageTagRoutes(app: Api, { store, datasets }: StudioContext): void {
  const tags = new KeptImageTags(store.folder)

  app.get('/data/:name/tags', { schema: { params: dataFields } }, async ({ params: { name } }) =>
    tags.of(await datasets.ownName(name), await datasets.load(name)),
  )

  app.put(
    '/data/:name/:split/tags',
    { schema: { params: splitFields, body: imageTagFields } },
    async ({ params: { name, split }, body }): Promise<ImageTags> => {
      const data = await datasets.load(name)
      for (const index of body.indices) data[split].check(index)
      return tags.change(await datasets.ownName(name), data, { split, ...body, tag: body.tag.trim() })
    },
  )
}
