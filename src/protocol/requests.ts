import {
  custom,
  type Field,
  integer,
  jsonObject,
  list,
  number,
  object,
  oneOf,
  optional,
  required,
  textLike,
  textUpTo,
  type Values,
} from '../base/schema.ts'
import type { Split } from './data.ts'
import { type Embedding, MOST_NEIGHBORS, usualUmap } from './explanations.ts'
import { idField, MOST_COMPARED } from './tasks.ts'

// What the studio's server takes: each request is checked by these fields, and its type follows from them. Pages import the
// types alone.

const nodeFields = {
  name: required(textUpTo(60)),
  /** `{ kind, … }`, as far as it has been entered. */
  layer: required(jsonObject<{ readonly kind: string; readonly [option: string]: unknown }>()),
  inputs: required(list(textUpTo(60), { max: 50 })),
} as const

export const draftFields = {
  /** The name of a dataset, as `Choices` has them. */
  data: required(textUpTo(100)),
  nodes: required(list(object(nodeFields), { min: 1, max: 500 })),
  train: required(jsonObject<Readonly<Record<string, unknown>>>()),
  /** The file that the first layers come from, as a template has it; null: no file. A file with another SHA-256 is refused. */
  pretrained: optional(jsonObject<Readonly<Record<string, unknown>>>()),
} as const

/** The name of an experiment or a model. */
const nameField = textLike(
  /^\w[\w.-]{0,59}$/,
  'a name of letters, digits, "_", "." and "-", at most 60 of them, that begins with a letter or digit',
)

export const newJobsFields = {
  ...draftFields,
  experiment: required(nameField),
  model: required(nameField),
  /** A training for each. */
  seeds: required(list(integer(undefined, { min: 0 }), { min: 1, max: 100 })),
} as const

/** A layer of a model that is being built. */
export type NodeDraft = Values<typeof nodeFields>

/** A training that is being put together. */
export type Draft = Values<typeof draftFields>

/** A file of `Choices` whose code is to be run. */
export const fileFields = { file: required(textUpTo(300)) } as const

export const tagFields = { tag: required(textUpTo(200)) } as const
/** `was`: the text that the page showed. If it is left out, the new text replaces any other. */
export const noteFields = { note: required(textUpTo(100_000)), was: optional(textUpTo(100_000)) } as const
export const nameFields = { name: required(textUpTo(200)), was: optional(textUpTo(1000)) } as const

/** The runs that one request changes: more than any list that a person chooses from. */
const MOST_CHANGED = 20_000

export const changeFields = {
  ids: required(list(idField, { min: 1, max: MOST_CHANGED })),
  /** The place that they are moved to, or the change of `tag`. */
  to: required(oneOf<RunChange>(['list', 'archive', 'bin', 'tag', 'untag'])),
  tag: optional(textUpTo(200)),
} as const

/** What is done to several runs at once. */
export type RunChange = 'list' | 'archive' | 'bin' | 'tag' | 'untag'

export const viewFields = { view: required(textUpTo(200)) } as const
export const viewQueryFields = { query: required(textUpTo(10_000)) } as const

/** A filter of runs, and where they are. */
export const runListFields = {
  where: optional(textUpTo(2000)),
  place: optional(oneOf<'list' | 'archive' | 'bin' | 'any'>(['list', 'archive', 'bin', 'any'])),
} as const

export const importanceFields = {
  runs: required(list(idField, { min: 1, max: MOST_CHANGED })),
  /** What they measured: `valAccuracy`, `seconds`. */
  measure: required(textUpTo(100)),
} as const

export const exportFields = {
  runs: required(
    textLike(/^[0-9a-f]{12}(,[0-9a-f]{12}){0,999}$/, 'the ids of 1 to 1,000 runs with commas between them'),
  ),
} as const

/** Another label for an image. */
export const markFields = {
  label: required(textUpTo(200)),
  /** The corrected label that the page showed. If it is left out, the new label replaces any other. */
  was: optional(textUpTo(200)),
} as const

/** The runs that are trained again on corrected labels, each with its own seed. */
export const retrainFields = { runs: required(list(idField, { min: 1, max: 100 })) } as const

const splitField = required(oneOf<Split>(['train', 'test']))
const indexField = integer(undefined, { min: 0 })

/** One label for many images, such as those of a cell of the confusion matrix. */
export const marksFields = {
  label: required(textUpTo(200)),
  indices: required(list(indexField, { min: 1, max: 20_000 })),
} as const

/** A word that some images have, or no longer have. */
export const imageTagFields = {
  tag: required(textLike(/^(?=.*\S)[^\n]{1,60}$/u, 'a word or two, at most 60 characters')),
  indices: required(list(indexField, { min: 1, max: 20_000 })),
  does: required(oneOf<'add' | 'remove'>(['add', 'remove'])),
} as const

export const augmentFields = {
  split: splitField,
  indices: required(list(indexField, { min: 1, max: 24 })),
  augmentation: required(list(jsonObject(), { max: 16 })),
  versions: required(integer(undefined, { max: 12 })),
  seed: required(indexField),
} as const

/** What is asked of a preview: versions of some images as training would see them. */
export type AugmentRequest = Values<typeof augmentFields>

// Parts of addresses: all of them are texts.

/** A number that `of` takes, as text. */
const asText = (of: Field<number, number>, usual?: number) =>
  custom<string | number, number>(usual, (value, path) =>
    of.parse(/^\d{1,15}(\.\d{1,9})?$/.test(String(value)) ? Number(value) : value, path),
  )
const digits = asText(indexField)

/** How people name a run: its id, how that begins, or `last`. */
const runField = required(textUpTo(200))
export const runFields = { id: runField } as const
export const twoRunsFields = { a: runField, b: runField } as const
export const runTagFields = { ...runFields, ...tagFields } as const
export const jobFields = { id: required(textUpTo(200)) } as const
export const dataFields = { name: required(textUpTo(200)) } as const
export const splitFields = { ...dataFields, split: splitField } as const
export const labelFields = { ...splitFields, index: required(digits) } as const
export const testImageFields = { ...runFields, index: required(digits) } as const
/** The class that is asked about; left out: the predicted one. */
export const classFields = { class: optional(digits) } as const

/** Whether spoilt images are evaluated too: the word alone asks for it. */
export const robustnessFields = { robustness: optional(textUpTo(200)) } as const

/** How many images of their size are sent at once is checked when the size is known: see `mostImages`. */
export const indicesFields = {
  indices: required(
    textLike(/^(?=.{1,5000}$)\d{1,9}(,\d{1,9})*$/, 'numbers of images with commas between them'),
  ),
} as const

export const comparedFields = {
  runs: required(
    textLike(
      new RegExp(`^[0-9a-f]{12}(,[0-9a-f]{12}){0,${MOST_COMPARED - 1}}$`),
      `the ids of 2 to ${MOST_COMPARED} runs with commas between them (an id is 12 digits and letters a to f)`,
    ),
  ),
} as const

/** A map of a run's images; without a layer, as the last hidden one sees them. */
export const mapFields = {
  split: splitField,
  method: required(oneOf<Embedding['method']>(['pca', 'umap'])),
  layer: optional(textUpTo(200)),
  seed: asText(indexField, usualUmap.seed),
  neighbors: asText(integer(undefined, { min: 2, max: MOST_NEIGHBORS }), usualUmap.neighbors),
  minDist: asText(number(undefined, { min: 0, max: 1 }), usualUmap.minDist),
} as const

/** The runs whose curves are followed, and how far the page is with each. */
export const curvesFields = {
  runs: required(textUpTo(100_000)),
  after: optional(textUpTo(100_000)),
} as const
