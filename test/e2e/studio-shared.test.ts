import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { noPostgres, TestServer } from '../support/postgres.ts'
import { recordSearch } from '../support/recorded-search.ts'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

const endless = {
  kind: 'experiment',
  name: 'shared',
  data: { kind: 'fashionMnistMini' },
  models: {
    linear: {
      kind: 'model',
      nodes: [
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['input'] },
        { name: 'dense', layer: { kind: 'dense', units: 10, activation: 'softmax' }, inputs: ['flatten'] },
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 100_000 },
}

const OTHER_MACHINE = new URL('other-machine.mjs', import.meta.url).href
const LOW_PRIORITY = new URL('low-priority.mjs', import.meta.url).href

const missing = noPostgres ?? (chromiumPath === null ? noChromium : null)
if (missing !== null) test.skip(`two studios on one store: ${missing}`)
else
  describe('two people with one store in PostgreSQL, each with a studio', () => {
    const folders = { ana: temporaryFolder(), ben: temporaryFolder() }
    const users = ['ana', 'ben'] as const
    type User = (typeof users)[number]
    let server: TestServer
    let browser: Browser
    const studios = {} as Record<User, RunningStudio>
    const pages = {} as Record<User, Page>
    const trainings: Promise<{ readonly code: number | null }>[] = []
    const envOf = (user: User) => ({ HEDDLE_STORE: server.address(), HEDDLE_USER: user, HEDDLE_THREADS: '1' })

    beforeAll(async () => {
      ;[server, browser] = await Promise.all([TestServer.start(), launch()])
      for (const user of users) {
        const { path } = folders[user]
        writeFileSync(join(path, 'shared.json'), JSON.stringify(endless))
        studios[user] = await studioIn(path, ['--port', '0'], envOf(user))
        const context = await studios[user].signIn(await browser.newContext())
        context.setDefaultTimeout(30_000)
        pages[user] = await context.newPage()
      }
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await Promise.all(users.map(user => studios[user]?.end()))
      await server?.stop()
      for (const user of users) folders[user].remove()
    }, 60_000)

    test('both train, and each sees the curve of the other grow', async () => {
      for (const [i, user] of users.entries()) {
        const { path: cwd } = folders[user]
        // Ben trains on a machine that has no studio.
        const before = user === 'ben' ? [LOW_PRIORITY, OTHER_MACHINE] : [LOW_PRIORITY]
        const env = { ...envOf(user), NODE_OPTIONS: before.map(module => `--import ${module}`).join(' ') }
        trainings.push(heddle(['run', 'shared.json', '--seed', String(i + 1)], { cwd, env }))
      }
      for (const [i, user] of users.entries()) {
        const page = pages[user]
        const other = users[1 - i]!
        await page.goto(studios[user].url)
        await page.getByRole('columnheader', { name: 'User' }).waitFor()
        await page
          .getByRole('row', { name: new RegExp(`running .* ${other}`) })
          .getByRole('link')
          .click()
        const lastLoss = async () =>
          /Last: linear \d training (\d+\.\d+)/.exec(
            (await page.getByRole('img', { name: /^Loss over steps/ }).getAttribute('aria-label'))!,
          )?.[1]
        await expect.poll(lastLoss, { timeout: 60_000 }).toBeDefined()
        const before = await lastLoss()
        await expect.poll(lastLoss, { timeout: 60_000 }).not.toBe(before)
        await page.getByText(other, { exact: true }).waitFor()
      }
    }, 120_000)

    test('a search of one is on the page of the other', async () => {
      const store = await openStore(server.address(), 'write', { user: 'ben' })
      await recordSearch({ store, name: 'of-ben', trials: 6, repeats: { top: 0, seeds: 1 } })
      await store.close()
      await pages.ana.getByRole('link', { name: 'Search' }).click()
      await pages.ana
        .getByRole('row', { name: /^of-ben .* done 6 of 6/ })
        .getByRole('link')
        .click()
      await pages.ana.getByText(/begun by ben/).waitFor()
    }, 60_000)

    test('each stops the training of the other from the page, also on another machine', async () => {
      for (const [i, user] of users.entries()) {
        const other = users[1 - i]!
        await pages[user].goto(`${studios[user].url}runs`)
        await pages[user]
          .getByRole('row', { name: new RegExp(`running .* ${other}`) })
          .getByRole('link')
          .click()
        await pages[user].getByRole('button', { name: 'Stop' }).click()
        await pages[user].locator('.run-title .status', { hasText: 'interrupted' }).waitFor()
        // In the list of what happened, which is closed.
        if (other === 'ben') await pages[user].getByText('asked for by ana').waitFor({ state: 'attached' })
      }
      expect((await Promise.all(trainings)).map(({ code }) => code)).toEqual([130, 130])
    }, 120_000)
  })
