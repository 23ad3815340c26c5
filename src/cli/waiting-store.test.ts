import { expect, test } from 'vitest'
import { noPostgres, TestServer } from '../../test/support/postgres.ts'
import { Interruption } from '../base/interruption.ts'
import { openStore } from '../store/open.ts'
import { UnreachableStore } from '../store/postgres/errors.ts'
import { openWhenThere } from './waiting-store.ts'

const signal = new AbortController().signal
const absent = async (): Promise<never> => {
  throw new UnreachableStore('No server answers.')
}

test('gives up with the last error after the time that it says', async () => {
  const messages: string[] = []
  const times = [0, 4000, 9000, 10_000]
  const waiting = openWhenThere(absent, {
    ...{ signal, patienceMs: 10_000, pauseMs: 0 },
    onWait: message => messages.push(message),
    clock: () => times.shift()!,
  })
  await expect(waiting).rejects.toThrow('No server answers.')
  expect(times).toEqual([])
  expect(messages).toEqual([
    'No server answers. Trying again, for at most 0:10 minutes. Press Ctrl-C to end.',
  ])
})

test('ends at Ctrl-C; what is wrong in another way is no reason to wait', async () => {
  const stop = new AbortController()
  const stopped = openWhenThere(absent, {
    ...{ signal: stop.signal, patienceMs: 60_000 },
    onWait: () => stop.abort(new Interruption()),
  })
  await expect(stopped).rejects.toThrow(Interruption)
  const never = (): never => expect.fail('it waits')
  const nowhere = openWhenThere(() => openStore('postgres://heddle@nowhere.invalid/store?schema=9'), {
    ...{ signal, patienceMs: 60_000, onWait: never },
  })
  await expect(nowhere).rejects.toThrow('its schema must be')
})

test.skipIf(noPostgres !== null)(
  `opens the store as soon as the server is there${noPostgres === null ? '' : `: ${noPostgres}`}`,
  async () => {
    const server = await TestServer.start()
    await server.down()
    let starting: Promise<void> | undefined
    const store = await openWhenThere(() => openStore(server.address()), {
      ...{ signal, patienceMs: 60_000, pauseMs: 100 },
      onWait: () => {
        starting = server.up()
      },
    })
    await starting
    expect(await store.list()).toEqual([])
    await store.close()
    await server.stop()
  },
  60_000,
)
