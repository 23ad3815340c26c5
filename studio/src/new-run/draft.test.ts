import { expect, test } from 'vitest'
import { createDataset } from '../../../src/data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../../../src/data/source.ts'
import { checkDraft } from '../../../src/serve/studio/drafts.ts'
import { templates } from '../../../src/serve/studio/templates.ts'
import { trainFor } from './draft.ts'

const source = fashionMnistMini()
const plain = await loadDataset(source)
const { fingerprint, ...parts } = plain
const withOwn = createDataset({ ...parts, validation: plain.test })

test.each([['as they are', {}] as const, ['stratified', { stratify: true }] as const])(
  'a built-in template can be started on data with validation images of its own, and on data without: %s',
  (_, changed) => {
    for (const template of templates) {
      const train = { ...template.train, ...changed }
      for (const data of [plain, withOwn]) {
        const ownValidation = data.validation?.labels.length ?? 0
        const draft = { ...template, train: trainFor(train, ownValidation) }
        const { error, train: wrong } = checkDraft(draft, source, data)
        expect([error, wrong]).toEqual([null, {}])
      }
      // The server itself takes nothing out of what it is asked for.
      expect(checkDraft({ ...template, train }, source, withOwn).error).toContain(
        'has 500 validation images of its own, and the training asks for validationSplit: 0.1',
      )
    }
  },
)

test('only what chooses validation images is left out', () => {
  const train = { epochs: 3, validationSplit: 0.2, stratify: true, validationData: 'test', batchSize: 8 }
  expect(trainFor(train, 0)).toEqual(train)
  expect(trainFor(train, 12)).toEqual({ epochs: 3, batchSize: 8 })
})
