import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort, noPostgres, TestServer } from '../../../test/support/postgres.ts'
import { HeddleError } from '../../base/errors.ts'
import { openStore } from '../open.ts'
import { epochOf, started } from '../store.contract.ts'
import type { RunStore } from '../store.ts'

const PASSWORD = 'Sesame1'
const nothing = { epochs: [], steps: [], happenings: [] }
let server: TestServer
beforeAll(async () => {
  if (noPostgres === null) server = await TestServer.start({ password: PASSWORD })
}, 60_000)
afterAll(() => server?.stop(), 60_000)

const address = (
  parameters = '',
  { port = server.port, password = PASSWORD, database = 'store' } = {},
): string => `postgres://heddle:${password}@127.0.0.1:${port}/${database}${parameters}`

/** Everything that an error can be shown as. */
const shown = (error: unknown): string =>
  `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`

async function refusal(of: Promise<RunStore>): Promise<string> {
  const error = await of.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(HeddleError)
  expect(shown(error)).not.toContain(PASSWORD)
  return (error as Error).message
}

/** Stands between a store and its server. */
class Gate {
  readonly sockets = new Set<Socket>()
  /** Answers that contain this text are not passed on: the connection is cut instead, once. */
  cutAt: string | null = null
  #server!: Server
  port = 0

  async start(): Promise<void> {
    this.port = await freePort()
    this.#server = createServer(client => {
      const behind = connect(server.port, '127.0.0.1')
      for (const [from, to] of [
        [client, behind],
        [behind, client],
      ] as const) {
        this.sockets.add(from)
        from.on('error', () => {})
        from.on('close', () => to.destroy())
        from.on('data', (data: Buffer) => {
          if (from === behind && this.cutAt !== null && data.includes(this.cutAt)) {
            this.cutAt = null
            client.resetAndDestroy()
            behind.destroy()
          } else to.write(data)
        })
      }
    })
    await new Promise<void>(resolve => this.#server.listen(this.port, '127.0.0.1', resolve))
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
  }
}

describe.skipIf(noPostgres !== null)(
  `PostgreSQL in trouble${noPostgres === null ? '' : `: ${noPostgres}`}`,
  () => {
    test('an address that leads nowhere: host and database are named, never the password', async () => {
      const port = await freePort()
      expect(await refusal(openStore(address('', { port })))).toMatch(
        `The run store postgres://heddle@127.0.0.1:${port}/store: no server answers at 127.0.0.1, port ${port}.`,
      )
      expect(await refusal(openStore(`postgres://heddle:${PASSWORD}@nowhere.invalid/store`, 'look'))).toMatch(
        /^The run store postgres:\/\/heddle@nowhere.invalid\/store: the (host nowhere.invalid is unknown|name of the host)/,
      )
      expect(await refusal(openStore(address('', { database: 'other' })))).toMatch(
        'the server has no database "other". Make it with: createdb other',
      )
      expect(await refusal(openStore(address('', { password: 'wrong' })))).toMatch(
        'the password of the user "heddle" is wrong',
      )
      expect(await refusal(openStore(`postgres://heddle@127.0.0.1:${server.port}/store`))).toMatch(
        'the server wants a password of the user "heddle". Set PGPASSWORD',
      )
    })

    test('a password of the file of passwords is used without a warning', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-pgpass-'))
      const file = join(folder, 'pgpass')
      writeFileSync(file, `*:*:other:*:wrong\n127.0.0.1:${server.port}:*:heddle:${PASSWORD}\n`, {
        mode: 0o600,
      })
      const warnings: string[] = []
      const onWarning = ({ message }: Error): number => warnings.push(message)
      process.on('warning', onWarning)
      vi.stubEnv('PGPASSFILE', file)
      try {
        const store = await openStore(`postgres://heddle@127.0.0.1:${server.port}/store?schema=passfile`)
        expect(await store.list()).toEqual([])
        await store.close()
        // Warnings come with the next turn of the event loop.
        await new Promise(resolve => setImmediate(resolve))
        expect(warnings).toEqual([])
      } finally {
        vi.unstubAllEnvs()
        process.off('warning', onWarning)
        rmSync(folder, { recursive: true })
      }
    })

    test('the store itself shows its address without the password, and hands it to other processes', async () => {
      const store = await openStore(address('?schema=shown'))
      expect(store.where).toBe(`postgres://heddle@127.0.0.1:${server.port}/store?schema=shown`)
      expect(shown(store)).not.toContain(PASSWORD)
      expect(store.environment().HEDDLE_STORE).toBe(address('?schema=shown'))
      await store.close()
    })

    test('a store of a newer Heddle is left as it is; several processes make one at once', async () => {
      const open = (): Promise<RunStore> => openStore(address('?schema=new'))
      const stores = await Promise.all([open(), open(), open(), open()])
      expect(await stores[3]!.list()).toEqual([])
      for (const store of stores) await store.close()
      await server.run('update new.version set version = 99')
      expect(await refusal(open())).toMatch('was written by a newer Heddle (version 99, this one knows 4)')
      expect(await server.run('select version from new.version')).toEqual([{ version: 99 }])
    })

    test('a store of the first version is brought up to date, with its runs', async () => {
      const first = await openStore(address('?schema=last'))
      const id = await first.start(started())
      await first.end(id, { status: 'finished', text: '' })
      await first.close()
      await server.run(
        'alter table last.run drop column name, drop column "archivedAt"; drop table last.view, last.usage, last.histogram; update last.version set version = 1',
      )
      const store = await openStore(address('?schema=last'))
      expect(await store.list()).toMatchObject([{ id, name: '', archivedAt: null }])
      await store.move(id, 'archive')
      await store.views.put({ name: 'all', query: '' })
      expect(await store.list({ place: 'archive' })).toMatchObject([{ id }])
      expect([await store.usage(id), await store.histograms(id)]).toEqual([[], []])
      await store.close()
    })

    test('looking at a database without tables makes none; a user who may only read can look', async () => {
      const empty = await openStore(address('?schema=none'), 'look')
      expect(await empty.list()).toEqual([])
      await empty.close()
      expect(await server.run("select 1 from pg_namespace where nspname = 'none'")).toEqual([])
      const store = await openStore(address('?schema=read'))
      const id = await store.start(started())
      await server.run(`create role guest login password '${PASSWORD}'; grant usage on schema read to guest;
      grant select on all tables in schema read to guest`)
      const guest = await openStore(address('?schema=read').replace('heddle:', 'guest:'), 'look')
      expect((await guest.list()).map(run => run.id)).toEqual([id])
      await guest.looks.add('f', 'evaluate', 1)
      await expect(guest.note(id, 'x')).rejects.toThrow(
        'the user "guest" is not allowed to do this in the database "store"',
      )
      await Promise.all([guest.close(), store.close()])
    })

    test('a server that can only be read is named as such, after a while', async () => {
      const store = await openStore(address('?schema=standby'))
      const id = await store.start(started())
      await server.run('alter database store set default_transaction_read_only = on')
      try {
        const fresh = await openStore(address('?schema=standby'), 'look')
        const writing = fresh.note(id, 'once more')
        await new Promise(resolve => setTimeout(resolve, 300))
        await server.run(
          'set transaction read write; alter database store reset default_transaction_read_only',
        )
        await writing
        expect((await fresh.run(id)).note).toBe('once more')
        await fresh.close()
      } finally {
        await store.close()
      }
    })

    test('text with a NUL is refused in words', async () => {
      const store = await openStore(address('?schema=nul'))
      const id = await store.start(started())
      await expect(store.note(id, 'a\0b')).rejects.toThrow(
        'a text has a NUL character, which PostgreSQL does not keep',
      )
      await store.close()
    })

    test('the server restarts, also without a word: writers wait, and what they write is there once', async () => {
      const store = await openStore(address('?schema=restart'))
      const id = await store.start(started({ epochs: 30 }))
      let epoch = 0
      const writing = (async () => {
        for (; epoch < 30; epoch++) {
          const happenings = [{ kind: 'notice', text: String(epoch) }]
          await store.record(id, { epochs: [epochOf(epoch)], steps: [], happenings })
          await store.checkpoints.put(
            id,
            { step: epoch, epoch, score: null },
            [Buffer.alloc(1_500_000, epoch)],
            { best: 1 },
          )
        }
      })()
      for (const mode of ['immediate', 'fast', 'immediate'] as const) {
        await new Promise(resolve => setTimeout(resolve, 100))
        await server.down(mode)
        await server.up()
      }
      await writing
      const notices = (await store.happenings(id)).filter(({ kind }) => kind === 'notice')
      expect(notices.map(({ text }) => Number(text))).toEqual(Array.from({ length: 30 }, (_, i) => i))
      expect(await store.epochs(id)).toHaveLength(30)
      const [newest] = await store.checkpoints.of(id)
      expect(Buffer.alloc(1_500_000, 29).equals((await store.checkpoints.read(newest!)).bytes)).toBe(true)
      expect((await server.run('select count(*)::int as n from restart.content'))[0]).toEqual({ n: 2 })
      await store.close()
    }, 60_000)

    test('a connection that is cut before the answer to a commit: it is asked whether it was done, and done once', async () => {
      const gate = new Gate()
      await gate.start()
      const store = await openStore(address('?schema=cut', { port: gate.port }))
      const id = await store.start(started())
      for (let epoch = 0; epoch < 10; epoch++) {
        // The server has committed, or has only begun: neither may lose or double anything.
        gate.cutAt = epoch % 2 === 0 ? 'COMMIT' : 'BEGIN'
        const happenings = [{ kind: 'notice', text: String(epoch) }]
        await store.record(id, { ...nothing, epochs: [epochOf(epoch)], happenings })
        expect(gate.cutAt).toBeNull()
      }
      gate.cutAt = 'COMMIT'
      const study = await store.studies.add({ name: 'cut', spec: {} })
      gate.cutAt = 'COMMIT'
      await store.studies.append(
        study,
        0,
        [{ type: 'ask' }],
        [{ study, trial: 0, run: 'aaaaaaaaaaaa', task: {} }],
      )
      gate.cutAt = 'COMMIT'
      const slice = (await store.slices.claim())!
      gate.cutAt = 'COMMIT'
      expect(await store.slices.end(slice, { value: 1 })).toBe(true)
      expect(gate.cutAt).toBeNull()
      expect(await store.slices.ends(study)).toHaveLength(1)
      expect(await store.studies.list()).toHaveLength(1)
      expect(await store.epochs(id)).toHaveLength(10)
      expect((await store.happenings(id)).filter(({ kind }) => kind === 'notice')).toHaveLength(10)
      await store.close()
      gate.stop()
    }, 60_000)
  },
)
