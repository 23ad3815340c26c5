import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { boundedJson } from '../../base/json.ts'
import type { Dataset } from '../../data/dataset.ts'
import { type CorrectedSpec, corrected, type DataSource } from '../../data/source.ts'
import type { LabelCorrections, Split } from '../../protocol/data.ts'

/** A file of corrections: the options of `corrected()`. */
interface Kept extends LabelCorrections {
  readonly fingerprint: string
}

/**
 * Labels that users found wrong, a file for each dataset beside the runs: the data itself is never written. The file holds
 * what `corrected(source, …)` takes.
 */
export class LabelMarks {
  readonly #folder: string
  #writing: Promise<unknown> = Promise.resolve()

  constructor(storeFolder: string) {
    this.#folder = join(storeFolder, 'corrections')
  }

  /** Where those of a dataset are kept. */
  fileOf(name: string): string {
    return join(this.#folder, `${encodeURIComponent(name)}.json`)
  }

  /** Throws a `HeddleError` for a file that is no JSON, a `UsageError` if it was made for other data. */
  async of(name: string, { fingerprint }: Dataset): Promise<LabelCorrections> {
    const { train, test, fingerprint: made } = await this.#read(name, fingerprint)
    if (made === fingerprint) return { train, test }
    throw new UsageError(
      `${this.fileOf(name)} was made for other data than ${name} is now: move it away, or bring the data back.`,
    )
  }

  /**
   * Notes another label for examples; the label that one has takes its note away. Returns all that are there now. Throws a `HeddleError` if
   * one of them should be something else meanwhile than `was`.
   */
  mark(
    name: string,
    data: Dataset,
    {
      split,
      indices,
      label,
      was = null,
    }: { split: Split; indices: readonly number[]; label: string; was?: string | null },
  ) {
    const written = this.#writing.then(async (): Promise<LabelCorrections> => {
      const before = await this.of(name, data)
      const own = { ...before[split] }
      for (const index of indices) {
        const labelled = data.classNames[data[split].labels[index]!]!
        const now = own[index] ?? labelled
        if (was !== null && now !== was && now !== label)
          throw new HeddleError(
            `Someone marked ${split} image ${index} as "${now}" meanwhile: look at it again. Your "${label}" was not kept.`,
          )
        if (labelled === label) delete own[index]
        else own[index] = label
      }
      const marks = { ...before, [split]: own }
      const kept: Kept = { fingerprint: data.fingerprint, ...marks }
      await replaceFile(this.fileOf(name), [Buffer.from(`${JSON.stringify(kept, null, 2)}\n`)])
      return marks
    })
    this.#writing = written.catch(() => {})
    return written
  }

  /** The data of `source` with the corrections in it. */
  async correctedSource(name: string, source: DataSource, data: Dataset): Promise<DataSource> {
    const { train, test } = await this.of(name, data)
    return corrected(checkUncorrected(name, source), { fingerprint: data.fingerprint, train, test })
  }

  async #read(name: string, fingerprint: string): Promise<Kept> {
    const path = this.fileOf(name)
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { fingerprint, train: {}, test: {} }
    }
    try {
      const kept = boundedJson(text, MAX_CORRECTIONS)
      if (isKept(kept)) return kept
    } catch {
      throw new HeddleError(`${path} is not JSON: repair it, or move it away.`)
    }
    throw new HeddleError(
      `${path} is not a file of corrections ("fingerprint", and "train" and "test" with a label for each number of an image): ` +
        'repair it, or move it away.',
    )
  }
}

/** A label for each of a million images. */
const MAX_CORRECTIONS = 64_000_000

function isKept(value: unknown): value is Kept {
  const { fingerprint, train, test } = (value ?? {}) as Partial<Record<keyof Kept, unknown>>
  const isMarks = (marks: unknown): boolean =>
    typeof marks === 'object' &&
    marks !== null &&
    !Array.isArray(marks) &&
    Object.entries(marks).every(([index, label]) => /^\d{1,9}$/.test(index) && typeof label === 'string')
  return typeof fingerprint === 'string' && isMarks(train) && isMarks(test)
}

/** Throws a `UsageError` if labels are corrected already: corrections name labels as they were at first. */
export function checkUncorrected(name: string, source: DataSource): Exclude<DataSource, CorrectedSpec> {
  if (source.kind !== 'corrected') return source
  throw new UsageError(`${name} is corrected already: mark labels in the data that it was made from.`)
}
