import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adam, dense, experiment, fashionMnistMini, flatten, sequential } from '../../src/index.ts'
import type { RunsChanged } from '../../src/protocol/studio.ts'
import { noPostgres, TestServer } from '../support/postgres.ts'
import { type RunningStudio, studioIn } from './browser-page.ts'
import { heddle } from './heddle.ts'

const PASSWORD = 'Sesame1'
const folder = mkdtempSync(join(tmpdir(), 'heddle-shared-'))
const experimentOf = (name: string, epochs: number) =>
  experiment({
    name,
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs },
  })

let server: TestServer
beforeAll(async () => {
  if (noPostgres === null) server = await TestServer.start({ password: PASSWORD })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

/** What one person has: a folder of their own, and the address of what they share. */
function person(name: string) {
  const cwd = join(folder, name)
  mkdirSync(cwd, { recursive: true })
  const address = server.address().replace('@', `:${PASSWORD}@`)
  const env = { HEDDLE_STORE: address, HEDDLE_USER: name }
  return { cwd, env }
}

/** The events of a studio, until `stop`. */
function follow(
  studio: RunningStudio,
  path: string,
  onEvent: (kind: string, data: unknown) => void,
): () => void {
  const ended = new AbortController()
  const read = async (): Promise<void> => {
    const { body } = await fetch(studio.url + path, { headers: studio.headers, signal: ended.signal })
    let text = ''
    for await (const part of body!.pipeThrough(new TextDecoderStream())) {
      text += part
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        const [, kind, data] = /(?:^|\n)event: (.*)\ndata: (.*)$/.exec(event) ?? []
        if (data) onEvent(kind!, JSON.parse(data))
      }
    }
  }
  read().catch(() => {})
  return () => ended.abort()
}

describe.skipIf(noPostgres !== null)(
  `a store that is shared${noPostgres === null ? '' : `: ${noPostgres}`}`,
  () => {
    test('two people train at once, and each sees the live curves of both in a studio of their own', async () => {
      const people = [person('ada'), person('bob')]
      const studios = await Promise.all(people.map(({ cwd, env }) => studioIn(cwd, ['--port', '0'], env)))
      /** By studio and run: the epochs that came while the run was running. */
      const live = studios.map(() => new Map<string, number>())
      const users = studios.map(() => new Map<string, string | null>())
      const stops: (() => void)[] = []
      for (const [i, studio] of studios.entries()) {
        stops.push(
          follow(studio, 'api/events', (kind, data) => {
            if (kind !== 'runs') return
            for (const { id, user, status } of (data as RunsChanged).rows) {
              if (users[i]!.has(id) || status !== 'running') continue
              users[i]!.set(id, user)
              stops.push(
                follow(studio, `api/curves?runs=${id}`, (_, part) => {
                  const { epochs } = part as { epochs: unknown[] }
                  live[i]!.set(id, (live[i]!.get(id) ?? 0) + epochs.length)
                }),
              )
            }
          }),
        )
      }
      const trainings = people.map(async ({ cwd, env }) => {
        const name = env.HEDDLE_USER
        writeFileSync(join(cwd, 'my.json'), JSON.stringify(experimentOf(name, 2000)))
        return heddle(['run', 'my.json', '--threads', '1'], {
          ...{ cwd, env },
          onStderr: (_, child) => {
            // Both have seen both: the trainings need not come to their end.
            if (live.every(runs => [...runs.values()].filter(epochs => epochs >= 2).length === 2))
              child.kill('SIGINT')
          },
        })
      })
      const ends = await Promise.all(trainings)
      for (const stop of stops) stop()
      expect(ends.map(({ code }) => code)).toEqual([130, 130])
      for (const seen of users) expect([...seen.values()].sort()).toEqual(['ada', 'bob'])
      expect(studios.map(studio => studio.said()).join('')).not.toContain(PASSWORD)
      expect(await Promise.all(studios.map(studio => studio.end()))).toEqual([0, 0])
      const { stdout } = await heddle(['runs', 'ls'], people[0]!)
      expect(stdout).toMatch(/User/)
      expect(stdout).toMatch(/ada.*interrupted +ada|bob.*interrupted +bob/)
      const ofBob = await heddle(['runs', 'ls', '--user', 'bob', '--json'], people[0]!)
      expect(JSON.parse(ofBob.stdout)).toMatchObject([{ experiment: 'bob', user: 'bob' }])
      const shown = await heddle(['runs', 'show', 'bob'], people[0]!)
      expect(shown.stdout).toMatch(/^Begun +\d{4}-\d\d-\d\d \d\d:\d\d by bob$/m)
    }, 120_000)

    test('a store in a folder moves there in one archive', async () => {
      const { cwd, env } = person('eve')
      writeFileSync(join(cwd, 'my.json'), JSON.stringify(experimentOf('moved', 1)))
      const own = { cwd, env: { HEDDLE_USER: 'eve' } }
      expect((await heddle(['run', 'my.json'], own)).code).toBe(0)
      expect((await heddle(['runs', 'export', '--all', '--out', 'all.tar'], own)).stdout).toBe(
        '1 run in all.tar\n',
      )
      expect((await heddle(['runs', 'import', 'all.tar'], { cwd, env })).stdout).toBe('1 run in all.tar\n')
      const asJson = async (of: typeof own) =>
        JSON.parse((await heddle(['runs', 'ls', '--experiment', 'moved', '--json'], of)).stdout)
      expect(await asJson({ cwd, env })).toEqual(await asJson(own))
      const evaluated = await heddle(['evaluate', 'moved', '--json', '--no-robustness'], { cwd, env })
      expect(evaluated.code).toBe(0)
      expect(JSON.parse(evaluated.stdout)).toMatchObject({ topK: { 2: expect.any(Number) } })
    }, 60_000)

    test('an address with a password is refused as an option, and never printed', async () => {
      const { cwd, env } = person('mal')
      const typed = await heddle(['studio', '--no-open', '--store', env.HEDDLE_STORE], { cwd })
      expect(typed).toMatchObject({ code: 2 })
      expect(typed.stderr).toContain('--store with a password would show it to every user of this machine')
      const wrong = { ...env, HEDDLE_STORE: env.HEDDLE_STORE.replace(/store$/, 'other') }
      for (const args of [
        ['runs', 'ls'],
        ['runs', 'ls', '--json'],
        ['worker', '--once'],
      ]) {
        const { code, stdout, stderr } = await heddle(args, { cwd, env: wrong })
        expect(code).toBe(1)
        expect(stdout + stderr).toContain('the server has no database "other"')
        expect(stdout + stderr + typed.stderr).not.toContain(PASSWORD)
      }
    }, 60_000)
  },
)
