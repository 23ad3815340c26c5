import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect, test } from 'vitest'
import { openStore } from '../store/open.ts'
import { started } from '../store/store.contract.ts'
import { groupRuns } from './groups.ts'

test('of runs that repeat a seed the newest counts, in whatever order they are named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-groups-'))
  const store = await openStore(folder)
  const ids: string[] = []
  for (let i = 0; i < 3; i++) {
    ids.push(await store.start(started()))
    await store.end(ids[i]!, { status: 'finished', text: '' })
  }
  const file = new DatabaseSync(join(folder, 'runs.db'))
  const made = [2000, 3000, 1000]
  for (const [i, id] of ids.entries())
    file.prepare('update run set createdAt = ? where id = ?').run(made[i], id)
  file.close()
  for (const wanted of [['tiny'], ids, ids.toReversed(), [ids[2]!, ids[1]!, ids[0]!]]) {
    const { groups, notes } = await groupRuns(store, wanted)
    expect(groups.map(({ name, runs }) => [name, runs.map(({ id }) => id)])).toEqual([['linear', [ids[1]]]])
    expect(notes).toEqual(['2 runs repeat the seed of another: the newest of each counts.'])
  }
  await store.close()
  rmSync(folder, { recursive: true })
})
