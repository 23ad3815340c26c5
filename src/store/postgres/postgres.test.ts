import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noPostgres, TestServer } from '../../../test/support/postgres.ts'
import { listContract } from '../list.contract.ts'
import { looksContract } from '../looks.contract.ts'
import { queueContract } from '../queue.contract.ts'
import { runStoreContract, sharedStoreContract } from '../store.contract.ts'
import type { RunStore } from '../store.ts'
import { studiesContract } from '../studies.contract.ts'
import { openPostgres } from './open.ts'

let server: TestServer
beforeAll(async () => {
  if (noPostgres === null) server = await TestServer.start()
}, 60_000)
afterAll(() => server?.stop(), 60_000)

/** A schema for each folder of the contract. */
const schemaOf = (folder: string): string => `s${Buffer.from(basename(folder)).toString('hex').slice(-40)}`
const addressOf = (folder: string): string => server.address(`?schema=${schemaOf(folder)}`)
const LEASE_MS = 2000
const open = (folder: string): Promise<RunStore> =>
  openPostgres(addressOf(folder), { mode: 'write', leaseMs: LEASE_MS })

describe.skipIf(noPostgres !== null)(`with a server${noPostgres === null ? '' : `: ${noPostgres}`}`, () => {
  const module = new URL('../../../dist/store/postgres/open.js', import.meta.url)
  const opening = (folder: string): string => `
    const { openPostgres } = await import(${JSON.stringify(module.href)})
    const store = await openPostgres(${JSON.stringify(addressOf(folder))}, { mode: 'write', leaseMs: ${LEASE_MS} })`
  runStoreContract('PostgreSQL', open)
  looksContract('PostgreSQL', open)
  listContract('PostgreSQL', open)
  sharedStoreContract('PostgreSQL', { open, opening, epochs: 12 })
  studiesContract('PostgreSQL', { open, opening })
  queueContract('PostgreSQL', {
    open,
    async change(folder, row, id) {
      for (const [column, value] of Object.entries(row))
        await server.run(`update ${schemaOf(folder)}.job set "${column}" = '${value}' where id = '${id}'`)
    },
  })

  test('a worker that is given up ends its slice, or another one claims it: never both', async () => {
    const address = server.address('?schema=late')
    const [late, other] = await Promise.all(
      [1, 2].map(() => openPostgres(address, { mode: 'write', leaseMs: 0 })),
    )
    const study = await late!.studies.add({ name: 'late', spec: {} })
    const runs = Array.from({ length: 30 }, (_, i) => (i + 1).toString(16).padStart(12, '0'))
    const slices = runs.map((run, trial) => ({ study, trial, run, task: {} }))
    await late!.studies.append(study, 0, [{ type: 'train' }], slices)
    let ended = 0
    for (const _ of runs) {
      const slice = (await late!.slices.claim())!
      const [isEnded, claimed] = await Promise.all([late!.slices.end(slice, {}), other!.slices.claim()])
      ended++
      // What the other one has claimed is not ended: this slice again, or the next one.
      expect(claimed?.id === slice.id && isEnded).toBe(false)
      if (!isEnded) expect(await other!.slices.end(claimed!, {})).toBe(true)
      else if (claimed) await other!.slices.release(claimed)
      expect((await late!.slices.ends(study)).map(({ place }) => place)).toEqual(
        Array.from({ length: ended }, (_, i) => i + 1),
      )
    }
    await Promise.all([late!.close(), other!.close()])
  })
})
