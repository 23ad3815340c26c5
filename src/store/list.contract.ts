import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MissingError } from '../base/errors.ts'
import { started } from './store.contract.ts'
import type { RunStore } from './store.ts'

/** What people do with the list of runs, in every store. */
export function listContract(name: string, open: (folder: string) => Promise<RunStore>): void {
  describe(`${name}, the list of runs`, () => {
    let folder: string
    let store: RunStore
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-list-'))
      store = await open(folder)
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    test('a run in the archive is out of the way of everything but its id, and gc leaves it', async () => {
      const [a, b] = [await store.start(started()), await store.start(started({ seed: 2 }))]
      for (const id of [a, b]) await store.end(id, { status: 'finished', text: '' })
      const ids = async (place: 'list' | 'archive' | 'bin' | 'any') =>
        (await store.list({ place })).map(({ id }) => id).sort()
      await store.move(a, 'archive')
      expect([await ids('list'), await ids('archive'), await ids('bin')]).toEqual([[b], [a], []])
      expect(await store.find('tiny')).toBe(b)
      expect(await store.find(a)).toBe(a)
      expect(await store.gc()).toMatchObject({ runs: 0 })
      await store.move(a, 'bin')
      expect([await ids('archive'), await ids('bin')]).toEqual([[], [a]])
      expect(await ids('any')).toEqual([a, b].sort())
      expect(await store.count({ place: 'any' })).toBe(2)
      await store.move(a, 'list')
      expect(await store.run(a)).toMatchObject({ archivedAt: null, binnedAt: null })
    })

    test('names are looked for in one place, and where all runs are elsewhere, that is said', async () => {
      const [first, second] = [await store.start(started()), await store.start(started({ seed: 2 }))]
      const { experiment } = started()
      for (const id of [first, second]) await store.end(id, { status: 'interrupted', text: '' })
      await store.move(first, 'archive')
      expect(await store.find('last', { place: 'archive' })).toBe(first)
      expect(await store.find(experiment)).toBe(second)
      expect(await store.find(experiment, { place: 'archive' })).toBe(first)
      await store.move(second, 'bin')
      for (const wanted of ['last', experiment])
        await expect(store.find(wanted)).rejects.toThrow(
          'are in the archive or the bin: "heddle runs ls --archive"',
        )
      expect(await store.find('last', { place: 'bin' })).toBe(second)
      expect(await store.find(first)).toBe(first)
      await store.move(second, 'list')
      await expect(store.find('last', { place: 'bin' })).rejects.toThrow('There are no runs in the bin of')
    })

    test('a name and a note are not written over what another person wrote meanwhile', async () => {
      const id = await store.start(started())
      await store.rename(id, ' the best 👍 ')
      expect((await store.run(id)).name).toBe('the best 👍')
      await store.rename(id, 'other', 'the best 👍')
      await expect(store.rename(id, 'mine', 'the best 👍')).rejects.toThrow(
        'The name of this run was changed meanwhile: yours was not saved. It is now: "other"',
      )
      await store.note(id, 'first')
      await store.note(id, 'second', 'first')
      await expect(store.note(id, 'mine', 'first')).rejects.toThrow('It is now: "second"')
      // Two who write the same have no conflict.
      await store.note(id, 'second', 'first')
      expect(await store.run(id)).toMatchObject({ name: 'other', note: 'second' })
      await store.rename(id, '')
      expect((await store.run(id)).name).toBe('')
      await expect(store.rename(id, 'two\nlines')).rejects.toThrow('A name is one line of text')
      await expect(store.note('000000000000', 'x')).rejects.toThrow(MissingError)
    })

    test('views of the list have names; the same name again replaces one', async () => {
      expect(await store.views.all()).toEqual([])
      await store.views.put({ name: 'failed ones', query: 'status=failed' })
      await store.views.put({ name: 'best', query: 'sort=testAccuracy&down=1' })
      await store.views.put({ name: ' best ', query: 'sort=valAccuracy&down=1' })
      expect(await store.views.all()).toEqual([
        { name: 'best', query: 'sort=valAccuracy&down=1' },
        { name: 'failed ones', query: 'status=failed' },
      ])
      await store.views.remove('best')
      expect((await store.views.all()).map(({ name }) => name)).toEqual(['failed ones'])
      await expect(store.views.put({ name: ' ', query: '' })).rejects.toThrow('A view needs a name.')
      await expect(store.views.put({ name: 'long', query: 'x'.repeat(10_001) })).rejects.toThrow('too long')
    })
  })
}
