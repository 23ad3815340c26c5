import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { epochOf, started } from './store.contract.ts'
import type { RunStore } from './store.ts'

const nothing = { epochs: [], steps: [], happenings: [] }

/** How every store counts looks at test images. */
export function looksContract(name: string, open: (folder: string) => Promise<RunStore>): void {
  describe(`${name}, looks at test images`, () => {
    test('are calls, tests and epochs that were validated on them', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-looks-'))
      const store = await open(folder)
      await store.looks.add('f0', 'compare', 4)
      await store.looks.add('f0', 'compare', 2)
      await store.looks.add('f0', 'evaluate', 1)
      await store.looks.add('f1', 'report', 1)
      const none = { evaluate: 0, compare: 0, report: 0 }
      expect(await store.looks.at('f0')).toEqual({
        tests: 0,
        epochs: 0,
        calls: { ...none, evaluate: 1, compare: 2 },
      })
      expect(await store.looks.at('f2')).toEqual({ tests: 0, epochs: 0, calls: none })

      const trained = async (
        fingerprint: string,
        { of = 't', on = 'test', test = {} } = {},
      ): Promise<string> => {
        const { detail, ...start } = started({ fingerprint, testFingerprint: of })
        const spec = { train: { validationData: on === 'test' ? on : null } }
        const id = await store.start({ ...start, detail: { ...detail, spec } })
        await store.record(id, { ...nothing, epochs: [epochOf(0), epochOf(1)] })
        await store.end(id, { status: 'finished', text: '', ...test })
        return id
      }
      // Other training images, the same test images; then neither.
      await trained('f0', { test: { test: { loss: 1, accuracy: 0.5 } } })
      await store.move(await trained('f1', { on: 'own', test: { test: { loss: 1, accuracy: 0.5 } } }), 'bin')
      await trained('f1')
      await trained('f2', { of: 'other', test: { test: { loss: 1, accuracy: 0.5 } } })
      for (const data of ['f0', 'f1']) {
        const calls = { evaluate: 1, compare: 2, report: 1 }
        expect(await store.looks.at(data)).toEqual({ tests: 2, epochs: 4, calls })
      }
      expect(await store.looks.at('f2')).toEqual({ tests: 1, epochs: 2, calls: none })
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })
  })
}
