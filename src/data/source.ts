import { resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { type Family, family, type SpecOf } from '../base/family.ts'
import { custom, parseSpec, required, type Spec, text } from '../base/schema.ts'
import { type Corrections, correctDataset, correctionsField } from './correct.ts'
import type { Dataset } from './dataset.ts'
import { type Classes, classesField, relabelDataset } from './relabel.ts'
import type { LoadOptions } from './sources/context.ts'
import { csvSource } from './sources/csv.ts'
import type { SourceDefinition } from './sources/definition.ts'
import { fashionMnistSource } from './sources/fashion-mnist.ts'
import { fashionMnistMiniSource } from './sources/fashion-mnist-mini.ts'
import { imageFolderSource } from './sources/folder.ts'
import { idxSource } from './sources/idx-dataset.ts'

/** The sources that read images; `relabel` and `corrected` change the labels of another source. */
const readers = {
  fashionMnist: fashionMnistSource,
  fashionMnistMini: fashionMnistMiniSource,
  idx: idxSource,
  csv: csvSource,
  imageFolder: imageFolderSource,
}

type UnlabelledSource = SpecOf<Family<typeof readers>>

const relabelFields = {
  /** The data whose classes are changed. Required. */
  source: required(custom<UnlabelledSource, UnlabelledSource>(undefined, parseUnlabelled)),
  /** New classes in their order, each with the old labels that it takes: `{ Top: [0, 2], Bottom: [1] }`. Required. */
  classes: required(classesField),
}

const correctedFields = {
  /** The data whose labels are corrected. Required. */
  source: required(custom<UncorrectedSource, UncorrectedSource>(undefined, parseUncorrected)),
  /** The source's fingerprint, before any correction. Required. */
  fingerprint: required(text()),
  /** By index, the new names of training images: `{ 12: 'Coat' }`. Default {}. */
  train: correctionsField,
  /** By index, the new names of test images: `{ 12: 'Coat' }`. Default {}. */
  test: correctionsField,
}

export type RelabelSpec = Spec<'relabel', typeof relabelFields>

type UncorrectedSource = UnlabelledSource | RelabelSpec
export type CorrectedSpec = Spec<'corrected', typeof correctedFields>

/**
 * A dataset under other classes: each takes some of the old labels. The new names appear wherever classes are named.
 * Throws a `UsageError` for a label that is in two classes; loading throws one for a label that is in none.
 *
 * @example
 * relabel(fashionMnist(), { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }).kind // 'relabel'
 */
export function relabel(source: UnlabelledSource, classes: Classes): RelabelSpec {
  return parseSpec('relabel', relabelFields, { source, classes })
}

/**
 * A dataset with some labels corrected, by index: what the studio keeps in a file beside the runs. The source itself is never
 * changed. Throws a `UsageError` for what names no classes by index; loading throws one where the source has another
 * `fingerprint`, or lacks an example or a class.
 *
 * @example
 * const { fingerprint } = await loadDataset(fashionMnistMini())
 * const data = await loadDataset(corrected(fashionMnistMini(), { fingerprint, train: { 12: 'Coat' } }))
 * data.classNames[data.train.labels[12]] // 'Coat'
 */
export function corrected(
  source: UncorrectedSource,
  corrections: { readonly fingerprint: string; readonly train?: Corrections; readonly test?: Corrections },
): CorrectedSpec {
  return parseSpec('corrected', correctedFields, { source, ...corrections })
}

const relabelSource: SourceDefinition<RelabelSpec> = {
  fields: relabelFields,
  load: async ({ source, classes }, options) => relabelDataset(await loadDataset(source, options), classes),
}

const correctedSource: SourceDefinition<CorrectedSpec> = {
  fields: correctedFields,
  load: async ({ source, ...corrections }, options) =>
    correctDataset(await loadDataset(source, options), corrections),
}

export const sources = family('data source', {
  ...readers,
  relabel: relabelSource,
  corrected: correctedSource,
})

/** Where a dataset comes from: a frozen JSON value. */
export type DataSource = UncorrectedSource | CorrectedSpec

function definitionOf(source: DataSource): SourceDefinition<DataSource> {
  return sources.of(source)
}

/** Checks untrusted JSON and returns the frozen spec, or throws a `UsageError` that says what is wrong with it. */
export function parseDataSource(json: unknown, path = 'data'): DataSource {
  return sources.parse(json, path)
}

/** The shape of its images, where that is known without loading them. */
export function shapeOfSource(source: DataSource): Dataset['imageShape'] | undefined {
  return 'source' in source ? shapeOfSource(source.source) : definitionOf(source).shape
}

/** The same source with `skipUnreadable` set on its image folder, also inside `relabel` and `corrected`; `null` without an image folder. */
export function skippingUnreadable<S extends DataSource>(source: S): S | null {
  if ('skipUnreadable' in source) return { ...source, skipUnreadable: true }
  if (!('source' in source)) return null
  const inner = skippingUnreadable<DataSource>(source.source)
  return inner && { ...source, source: inner }
}

/** The same source with absolute paths: its relative ones start at `baseDir`. */
export function withAbsolutePaths<S extends DataSource>(source: S, baseDir: string): S {
  if ('source' in source) return { ...source, source: withAbsolutePaths(source.source, baseDir) }
  const { paths = [] } = definitionOf(source)
  const given = source as unknown as Readonly<Record<string, string>>
  return { ...source, ...Object.fromEntries(paths.map(name => [name, resolve(baseDir, given[name]!)])) }
}

function parseUnlabelled(json: unknown): UnlabelledSource {
  const kind = (json as { kind?: unknown } | null)?.kind
  if (kind === 'relabel')
    throw new UsageError('relabel: the source is relabelled already. Name all classes in one relabel.')
  if (kind === 'corrected')
    throw new UsageError('relabel: the source is corrected already. Correct what relabel() gives instead.')
  return parseDataSource(json) as UnlabelledSource
}

function parseUncorrected(json: unknown): UncorrectedSource {
  if ((json as { kind?: unknown } | null)?.kind === 'corrected')
    throw new UsageError('corrected: the source is corrected already. Name all corrections in one.')
  return parseDataSource(json) as UncorrectedSource
}

/**
 * Loads what `spec` describes; errors and side effects (a cache, a download) are those of its source.
 *
 * @example
 * const { train, classNames } = await loadDataset(fashionMnistMini())
 */
export function loadDataset(spec: DataSource, options: LoadOptions = {}): Promise<Dataset> {
  return definitionOf(spec).load(spec, options)
}

export { type CsvOptions, csv } from './sources/csv.ts'
export { fashionMnist } from './sources/fashion-mnist.ts'
export { fashionMnistMini } from './sources/fashion-mnist-mini.ts'
export { type ImageFolderOptions, imageFolder } from './sources/folder.ts'
export { type IdxOptions, idx } from './sources/idx-dataset.ts'
