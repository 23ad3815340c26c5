import { boolean, later, type Options } from '../../base/schema.ts'

/** Options of every layer that has weights. */
export const weightFields = {
  /**
   * `false` freezes the layer: its weights stay as they are, without gradient, optimizer state, weight decay or penalty, and a
   * batch normalisation uses its moving statistics in training too, and keeps them. Default true.
   */
  trainable: later(boolean(true)),
}

/** Stands first among what options extend: an editor shows the comment of the first declaration. */
export interface WeightOptions extends Options<typeof weightFields> {}
