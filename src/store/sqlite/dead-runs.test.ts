import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect, test } from 'vitest'
import { openStore } from '../open.ts'
import { processIdentity } from '../process-identity.ts'
import { started } from '../store.contract.ts'

test('a run whose process is dead ended when it was last heard of, not when that was found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-dead-'))
  const store = await openStore(folder)
  const id = await store.start(started())
  const owner = JSON.stringify({ ...JSON.parse(processIdentity()), pid: 2 ** 22 + 1 })
  const file = new DatabaseSync(join(folder, 'runs.db'))
  file.prepare('update run set owner = ?, createdAt = 1000, heartbeatAt = 5000').run(owner)
  file.close()
  // Also before it is written, as in a store that is only read.
  expect(await store.run(id)).toMatchObject({ status: 'interrupted', endedAt: 5000 })
  expect(await store.markDead()).toEqual([id])
  const again = new DatabaseSync(join(folder, 'runs.db'))
  expect(again.prepare('select status, endedAt from run').get()).toEqual({
    status: 'interrupted',
    endedAt: 5000,
  })
  again.close()
  await store.close()
  rmSync(folder, { recursive: true })
})
