import { constants } from 'node:fs'
import { access, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { makeFolder } from '../../base/files.ts'
import { withTemporaryFolder } from '../../base/temporary.ts'
import { claimPart, copyIntoPlace, finishPart, quarantine, releasePart } from './cache-folder.ts'
import type { LoadOptions } from './context.ts'
import { fetchDebianPackage } from './debian-package.ts'
import { download, UnreachableError } from './download.ts'
import { type Finding, findKnownFile, type KnownFile, readKnownFile } from './known-files.ts'
import { cacheRoot, systemDatasetDirs } from './places.ts'

/** A public dataset: its files, and where to get them. */
export interface KnownDataset {
  readonly title: string
  /** Below the cache, and below the folders for shared data. */
  readonly folder: string
  readonly files: readonly KnownFile[]
  /** URLs to which `<file>.gz` is appended. */
  readonly mirrors: readonly string[]
  /** The Debian package that holds the files in `/usr/share/datasets/<folder>`. */
  readonly debianPackage: string | null
  /** What a user can do when every source has failed. */
  readonly advice: string
}

export interface Obtained {
  /** By name, unpacked and verified. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Place of the files, such as `cache /home/me/.cache/heddle/fashion-mnist`. */
  readonly provenance: string
}

/**
 * Finds the files of `dataset`: the user's folder, the cache, shared folders, mirrors, Debian's package, in this order.
 *
 * Every file is verified, whatever its source; what is fetched is kept in the cache.
 * Throws a `HeddleError` that lists every source with its reason when one of the files is nowhere to be had.
 */
export async function obtain(dataset: KnownDataset, options: LoadOptions = {}): Promise<Obtained> {
  const { dataDir, env = process.env, onNotice } = options
  const search = new Search(dataset, options)
  const given = dataDir ?? (env.HEDDLE_DATA || undefined)
  if (given !== undefined) {
    const folder = resolve(given)
    await search.lookIn('data folder', folder)
    await search.lookIn('data folder', join(folder, dataset.folder))
    if (!search.isComplete) {
      onNotice?.(
        `${folder} does not hold all of ${dataset.title}; missing: ${search.missingNames}. ` +
          'Looking in the cache and elsewhere.',
      )
    }
  }
  const cache = resolve(cacheRoot(env), dataset.folder)
  await search.lookIn('cache', cache, { quarantined: true })
  for (const shared of systemDatasetDirs(env)) {
    await search.lookIn('system folder', join(shared, dataset.folder))
  }
  if (!search.isComplete) {
    await withWritable(cache, onNotice, async workspace => {
      await search.download(workspace)
      if (!search.isComplete && dataset.debianPackage) {
        await search.unpackDebian(dataset.debianPackage, workspace)
      }
    })
  }
  return search.result()
}

/** One search: what was found so far, where, and why the other places had nothing to give. */
class Search {
  readonly #dataset: KnownDataset
  readonly #options: LoadOptions
  readonly #found = new Map<string, Uint8Array>()
  readonly #used = new Set<string>()
  readonly #failures: string[] = []

  constructor(dataset: KnownDataset, options: LoadOptions) {
    this.#dataset = dataset
    this.#options = options
  }

  get #missing(): KnownFile[] {
    return this.#dataset.files.filter(file => !this.#found.has(file.name))
  }

  get isComplete(): boolean {
    return this.#missing.length === 0
  }

  get missingNames(): string {
    return this.#missing.map(file => file.name).join(', ')
  }

  async lookIn(place: string, folder: string, { quarantined = false } = {}): Promise<void> {
    const absent: string[] = []
    for (const file of this.#missing) {
      const finding = await findKnownFile(folder, file)
      if (finding.state === 'sound') this.#take(file, finding.bytes, `${place} ${folder}`)
      else if (finding.state === 'absent') absent.push(file.name)
      else await this.#reportCorrupt(finding, quarantined)
    }
    if (absent.length === 0) return
    const all = absent.length === this.#dataset.files.length
    this.#failures.push(
      `${place} ${folder}: ${all ? 'holds none of the files' : `lacks ${absent.join(', ')}`}`,
    )
  }

  async download({ folder: cache, kept }: Workspace): Promise<void> {
    for (const mirror of this.#dataset.mirrors) {
      for (const file of this.#missing) {
        try {
          this.#take(file, await this.#fetch(mirror, file, cache), `${mirror} (${kept})`)
        } catch (error) {
          this.#failures.push(`mirror ${mirror}: ${reasonOf(error)}`)
          if (error instanceof UnreachableError) break
        }
      }
    }
  }

  async unpackDebian(packageName: string, { folder: cache, kept }: Workspace): Promise<void> {
    this.#notice(
      `No mirror could provide ${this.missingNames}. Fetching Debian's package ${packageName} with apt-get instead; ` +
        'nothing is installed.',
    )
    try {
      await withTemporaryFolder('heddle-apt-', async workDir => {
        const tree = await fetchDebianPackage(packageName, { workDir })
        const folder = join(tree, 'usr/share/datasets', this.#dataset.folder)
        for (const file of this.#missing) {
          const finding = await findKnownFile(folder, file)
          if (finding.state === 'absent') throw new HeddleError(`it does not hold ${file.name}`)
          if (finding.state === 'corrupt') throw new HeddleError(`${file.name}: ${finding.reason}`)
          await copyIntoPlace(finding.path, join(cache, basename(finding.path)))
          this.#take(file, finding.bytes, `Debian's package ${packageName} (${kept})`)
        }
      })
    } catch (error) {
      this.#failures.push(`Debian's package ${packageName}: ${reasonOf(error)}`)
    }
  }

  result(): Obtained {
    if (!this.isComplete) {
      const { title, advice } = this.#dataset
      throw new HeddleError(
        `${title} could not be found or fetched; missing: ${this.missingNames}. Tried, in this order:\n` +
          `${this.#failures.map(failure => `  - ${failure}`).join('\n')}\n${advice}`,
      )
    }
    return { files: this.#found, provenance: [...this.#used].join(' and ') }
  }

  async #fetch(mirror: string, file: KnownFile, cache: string): Promise<Uint8Array> {
    const { onProgress } = this.#options
    const url = `${mirror}${file.name}.gz`
    const target = join(cache, `${file.name}.gz`)
    const part = await claimPart(target)
    try {
      await download(url, {
        path: part,
        maxBytes: file.sizeBytes + 65_536,
        onProgress: (done, total) => onProgress?.({ what: `${file.name}.gz`, done, total, unit: 'bytes' }),
      })
    } catch (error) {
      await releasePart(part, target)
      throw error
    }
    const finding = await readKnownFile(part, file)
    if (finding.state !== 'sound') {
      await rm(part, { force: true })
      throw new HeddleError(
        `${url}: ${finding.state === 'corrupt' ? finding.reason : 'the download vanished'}`,
      )
    }
    await finishPart(part, target)
    return finding.bytes
  }

  async #reportCorrupt(finding: Finding & { state: 'corrupt' }, quarantined: boolean): Promise<void> {
    this.#failures.push(`${finding.path}: ${finding.reason}`)
    const moved = quarantined ? await quarantine(finding.path).catch(() => undefined) : undefined
    const kept = moved ? `It was set aside as ${moved}` : 'It is left as it is'
    this.#notice(`${finding.path} is damaged: ${finding.reason}. ${kept}; trying the next source.`)
  }

  #take(file: KnownFile, bytes: Uint8Array, place: string): void {
    this.#found.set(file.name, bytes)
    this.#used.add(place)
  }

  #notice(message: string): void {
    this.#options.onNotice?.(message)
  }
}

/** Why a source failed: Heddle's words, or the system's (a full disk, a folder without permission). Defects go on. */
function reasonOf(error: unknown): string {
  const fromSystem = error instanceof Error && 'syscall' in error
  if (error instanceof HeddleError || fromSystem) return error.message
  throw error
}

/** Folder for fetched files, and a sentence about what happens to them. */
interface Workspace {
  readonly folder: string
  readonly kept: string
}

/** Runs `work` with the cache folder; where it cannot be written, with a temporary folder, and says so. */
async function withWritable(
  cache: string,
  onNotice: LoadOptions['onNotice'],
  work: (workspace: Workspace) => Promise<void>,
): Promise<void> {
  try {
    makeFolder(cache)
    await access(cache, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    onNotice?.(
      `The cache ${cache} cannot be written (${code}), so the data will have to be fetched again the next time. ` +
        'Set HEDDLE_CACHE to a folder of yours.',
    )
    return withTemporaryFolder('heddle-data-', folder => work({ folder, kept: 'not kept' }))
  }
  return work({ folder: cache, kept: `kept in ${cache}` })
}
