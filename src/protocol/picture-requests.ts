import { integer, list, oneOf, optional, required, textUpTo } from '../base/schema.ts'
import { MOST_PICTURES } from './pictures.ts'

// What the studio's server takes for your own pictures: as `requests.ts`.

const nameField = required(textUpTo(300))
/** The id of a picture that a listing has found. */
const idField = textUpTo(2000)

export const setFields = { set: nameField } as const
export const nameFields = { name: nameField } as const
export const renamedClassFields = { name: nameField, to: nameField } as const
export const picturesFields = { pictures: required(list(idField, { min: 1, max: MOST_PICTURES })) } as const
export const movedPicturesFields = { ...picturesFields, to: nameField } as const

export const shownPictureFields = {
  id: required(idField),
  version: required(textUpTo(60)),
  size: oneOf(['small', 'large'], 'small'),
} as const

export const addedPictureFields = {
  class: nameField,
  /** The name of the file. */
  name: nameField,
  /** Pictures with the same one are taken back together. */
  batch: required(textUpTo(60)),
} as const

export const plannedFields = {
  /** A model file of the project that the network begins from. */
  backbone: optional(textUpTo(300)),
} as const
export const trainedFields = {
  ...plannedFields,
  /** How often to train: each time with another seed. */
  seeds: required(integer(undefined, { max: 10 })),
} as const
export const resultFields = { ...setFields, run: required(textUpTo(200)) } as const
