import { expect, test } from 'vitest'
import { optionDocs } from '../scripts/option-docs.ts'
import type { Fields } from '../src/base/schema.ts'
import { augmentations } from '../src/data/augment/index.ts'
import { sources } from '../src/data/source.ts'
import { layers } from '../src/nn/layers/index.ts'
import { losses } from '../src/nn/losses/loss.ts'
import { optimizers } from '../src/nn/optimizers/index.ts'
import { regularizers } from '../src/nn/regularizers/regularizer.ts'
import { schedules } from '../src/nn/schedules/schedule.ts'
import { callbacks } from '../src/train/callbacks/index.ts'
import { trainFields } from '../src/train/options.ts'

const { relabel, corrected, ...readers } = sources.definitions

const families = [layers, optimizers, losses, regularizers, schedules, callbacks, augmentations]
const declared: Readonly<Record<string, { readonly fields: Fields }>> = {
  ...Object.assign({}, ...families.map(({ definitions }) => definitions)),
  ...readers,
  trainSpec: { fields: trainFields },
}

const docs = optionDocs('dist/index.d.ts')

/** `0.5`, `'valid'`, `[1, 1]`: as it is written in a program. */
const written = (value: unknown): string =>
  JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ').replace("', '", "','")

test.each(Object.entries(declared))(
  'an editor shows what each option of %s is, and its default',
  (name, { fields }) => {
    for (const [option, { required, fallback }] of Object.entries(fields)) {
      const text = docs[name]?.[option] ?? ''
      expect(text, `${name}: ${option}`).toMatch(/^\S.* \S/)
      const said = required ? 'Required' : `Default ${written(fallback)}`
      // The value must end there: 0 is not said by 0.001.
      const isSaid = ['. ', ': ', '; '].some(end => `${text} `.includes(said + end))
      expect(isSaid, `${name}: ${option}: "${text}" does not say "${said}"`).toBe(true)
    }
  },
)
