import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort, noPostgres, TestServer } from '../../../test/support/postgres.ts'
import { noS3, TestBucket } from '../../../test/support/s3.ts'
import { UsageError } from '../../base/errors.ts'
import { openStore } from '../open.ts'
import { started } from '../store.contract.ts'
import { Bucket } from './s3-files.ts'

const reason = noPostgres ?? noS3
let server: TestServer
let bucket: TestBucket
beforeAll(async () => {
  if (reason === null) [server, bucket] = await Promise.all([TestServer.start(), TestBucket.start()])
}, 60_000)
afterAll(async () => {
  bucket?.stop()
  await server?.stop()
}, 60_000)
afterEach(() => void vi.unstubAllEnvs())

const keep = { best: 1 }
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)]

test('an address of files is checked, and credentials are asked for', () => {
  const env = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'hidden' }
  expect(new Bucket('s3://runs/team/a/', env).where).toBe('s3://runs/team/a')
  for (const wrong of ['s3://', 's3://R', 'http://runs', 'runs', 's3:/runs'])
    expect(() => new Bucket(wrong, env)).toThrow(UsageError)
  expect(() => new Bucket('s3://runs', {})).toThrow('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
})

test('files can only be elsewhere where the store is in PostgreSQL', async () => {
  await expect(openStore('here', 'look', { files: 's3://runs' })).rejects.toThrow(
    'Only a store in PostgreSQL can',
  )
})

describe.skipIf(reason !== null)(`files in S3${reason === null ? '' : `: ${reason}`}`, () => {
  const open = (schema: string, files?: string) => {
    for (const [name, value] of Object.entries(bucket.env)) vi.stubEnv(name, value)
    return openStore(server.address(`?schema=${schema}`), 'write', { files })
  }

  test('the same content is one object, which stays as long as a row names it', async () => {
    const store = await open('kept', 's3://runs/kept')
    const [a, b] = [await store.start(started()), await store.start(started({ seed: 2 }))]
    for (const id of [a, b]) await store.putArtefact(id, 'model', bytes('the same'))
    for (const step of [1, 2, 3, 4])
      await store.checkpoints.put(b, { step, epoch: 0, score: null }, bytes(`state ${step}`), keep)
    expect(await bucket.names()).toHaveLength(3)
    const [row] = await store.checkpoints.of(b)
    expect(Buffer.from((await store.checkpoints.read(row!)).bytes).toString()).toBe('state 4')
    for (const id of [a, b]) await store.end(id, { status: 'finished', text: '' })
    await store.move(b, 'bin')
    expect(await store.gc()).toMatchObject({ runs: 1, files: 0 })
    expect(await bucket.names()).toHaveLength(1)
    const { where, bytes: read } = (await store.artefact(a, 'model'))!
    expect(where).toMatch(/^s3:\/\/runs\/kept\/[0-9a-f]{64}$/)
    expect(Buffer.from(read).toString()).toBe('the same')
    await store.move(a, 'bin')
    expect(await store.gc(-1)).toEqual({ runs: 1, files: 1, bytes: 8 })
    expect(await bucket.names()).toEqual([])
    await store.close()
  })

  test('a store remembers where its files are; another place is refused', async () => {
    const first = await open('place', 's3://runs/place')
    const id = await first.start(started())
    await first.putArtefact(id, 'model', bytes('weights'))
    await first.close()
    const second = await open('place')
    expect((await second.artefact(id, 'model'))!.where).toMatch('s3://runs/place/')
    await second.close()
    await expect(open('place', 's3://runs/other')).rejects.toThrow(
      'has its files in s3://runs/place, not in s3://runs/other',
    )
  })

  test('damaged, missing, refused and unreachable: each in words, without the key', async () => {
    const store = await open('trouble', 's3://runs/trouble')
    const id = await store.start(started())
    await store.putArtefact(id, 'model', bytes('weights'))
    const [name] = (await bucket.names()).filter(key => key.startsWith('trouble/'))
    await bucket.change('PUT', name!, 'changed')
    await expect(store.artefact(id, 'model')).rejects.toThrow('is damaged: its content has another checksum')
    await bucket.change('DELETE', name!)
    await expect(store.artefact(id, 'model')).rejects.toThrow(
      '404 NoSuchKey. It was removed from the bucket.',
    )
    // Written again, it is there again.
    await store.putArtefact(id, 'model', bytes('weights'))
    expect((await store.artefact(id, 'model'))!.bytes).toHaveLength(7)
    await store.close()
    const none = await open('missing', 's3://none')
    const run = await none.start(started())
    await expect(none.putArtefact(run, 'model', bytes('x'))).rejects.toThrow(
      '404 NoSuchBucket. Make the bucket',
    )
    await none.close()
    const env = { ...bucket.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}` }
    const lost = new Bucket('s3://runs', env).get('x')
    await expect(lost).rejects.toThrow(
      'The files of the run store, s3://runs, cannot be reached: ECONNREFUSED.',
    )
    await expect(lost).rejects.not.toThrow('hidden')
  }, 60_000)
})
