import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { processIdentity } from '../../src/store/process-identity.ts'
import type { RunStore } from '../../src/store/store.ts'
import { recordSearch } from '../support/recorded-search.ts'
import { faultsOnPhone } from './axe-page.ts'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { faintControls } from './contrast-page.ts'

if (chromiumPath === null) test.skip(`searches in a browser: ${noChromium}`)
else
  describe('searches in a browser', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    const stores: RunStore[] = []
    const errors: string[] = []
    const cells = (column: number) =>
      page.locator(`.long-table tbody tr:not(.space) td:nth-child(${column})`).allTextContents()
    const image = (name: RegExp) => page.getByRole('img', { name })

    /** A store as the command line would open it, by one of several users. */
    const storeOf = async (user: string): Promise<RunStore> => {
      const store = await openStore(join(folder.path, '.heddle'), 'write', { user })
      stores.push(store)
      return store
    }

    beforeAll(async () => {
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      context.setDefaultTimeout(20_000)
      page = await (await studio.signIn(context)).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      for (const store of stores) await store.close()
      folder.remove()
    })

    test('where there are none, the page has the command to type; one that begins elsewhere appears', async () => {
      await page.goto(`${studio.url}search`)
      await page.getByRole('heading', { name: 'No searches yet' }).waitFor()
      await page.getByText('heddle search my-search.ts').waitFor()
      await recordSearch({ store: await storeOf('ana'), name: 'recommended' })
      await page
        .getByRole('row', { name: /^recommended .* done 30 of 30 \d\d\.\d\d % val accuracy/ })
        .waitFor()
      expect(await page.getByRole('columnheader', { name: 'Begun by' }).count()).toBe(0)
      const second = { name: 'going-on', trials: 60, events: 90, owner: processIdentity(studio.pid) }
      await recordSearch({ store: await storeOf('ben'), ...second })
      await page.getByRole('row', { name: /^going-on .* running \d+ of 60 .* ben/ }).waitFor()
      await page.getByRole('columnheader', { name: 'Begun by' }).waitFor()
    }, 60_000)

    test('the verdict comes first, then what it follows from', async () => {
      await page.getByRole('link', { name: 'recommended' }).click()
      const first = page.locator('.search > *').nth(1)
      expect(await first.textContent()).toMatch(
        /^(No evidence that trial|Trial) \d+ is better than your starting point: [+-]\d/,
      )
      await page.getByRole('row', { name: /^0 your starting point \d\d\.\d\d % \d\.\d\d % 3$/ }).waitFor()
      await image(/^The best of \d+ trials over trials\. It is \d\d\.\d\d %, in trial \d+\.$/).waitFor()
      await image(/^Val accuracy over epochs of \d+ trials\. Rungs at 1, 3 epochs\.$/).waitFor()
      await image(/^\d+ trials over learningRate, batchSize, .*, Val accuracy\.$/).waitFor()
      for (const name of ['learningRate', 'batchSize', 'dropout.rate'])
        await image(new RegExp(`^Val accuracy by ${name}, \\d+ trials. The best has `)).waitFor()
      await page.getByText('only if dropout is true').waitFor()
      const sealed = page.getByRole('region', { name: 'Test images' })
      await sealed.getByText('Sealed: the search did not see the test images.').waitFor()
      await page.getByText('heddle search --resume recommended --final').waitFor()
      await page
        .getByRole('region', { name: 'Importance of parameters' })
        .getByText('30 trials cannot tell')
        .waitFor()
    }, 60_000)

    test('trials are put in order, limited by fields, and stand out in the charts; the address is the whole choice', async () => {
      const accuracies = (await cells(3)).map(Number.parseFloat).filter(Number.isFinite)
      expect(accuracies).toEqual([...accuracies].sort((a, b) => b - a))
      for (const _ of ['descending', 'ascending'])
        await page.getByRole('button', { name: 'learningRate', exact: true }).click()
      const rates = (await cells(4)).map(Number)
      expect(rates.length).toBeGreaterThan(20)
      expect(rates).toEqual([...rates].sort((a, b) => a - b))

      await page.getByText('Limit the trials that are listed').click()
      await page.getByRole('spinbutton', { name: 'learningRate from' }).fill('0.001')
      await page.getByRole('combobox', { name: 'optimizer from' }).selectOption('rmsprop')
      await page.getByText('Limited: learningRate from 0.001, optimizer from rmsprop').waitFor()
      for (const [i, optimizer] of (await cells(10)).entries()) {
        expect(Number((await cells(4))[i])).toBeGreaterThanOrEqual(0.001)
        expect(['rmsprop', 'sgd']).toContain(optimizer)
      }
      await page
        .getByRole('checkbox', { name: /^Trial \d+ stands out/ })
        .first()
        .check()
      await page.reload()
      await page.getByText('Limited: learningRate from 0.001').waitFor()
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1)
      await page.getByRole('button', { name: 'Without limits' }).click()
      await page.getByText('39 trials', { exact: true }).waitFor()
    }, 60_000)

    test('dragging along an axis limits it, and a click beside the area takes it away', async () => {
      const chart = page.locator('.parallel .chart')
      // Not below the bar at the top of the page.
      await page.evaluate(`document.querySelector('.parallel').scrollIntoView({ block: 'center' })`)
      const { x, y, height, width } = (await chart.boundingBox())!
      // The last axis, of the objective, is 60 pixels from the right; its upper part are the best.
      const [axis, top] = [x + width - 60, y + 34]
      await page.mouse.move(axis, top + 2)
      await page.mouse.down()
      await page.mouse.move(axis, top + (height - 56) / 3, { steps: 5 })
      await page.mouse.up()
      await page.getByText(/^Limited: Val accuracy \d\d\.\d\d % to \d\d\.\d\d %$/).waitFor()
      const kept = await page.getByText(/^\d+ of 39 trials within the limits$/).textContent()
      expect(Number.parseInt(kept!, 10)).toBeGreaterThan(2)
      await image(/ of them are within the limits\.$/).waitFor()
      await page.mouse.click(axis, top + 0.8 * (height - 56))
      await page.getByText('39 trials', { exact: true }).waitFor()
    }, 60_000)

    test('a search that goes on is followed, with what is left of its budget; a trial leads to its run', async () => {
      await page.goto(`${studio.url}search/going-on`)
      await page.getByText(/^Trial \d+ has the best val accuracy so far/).waitFor()
      await page.getByText(/left$/).waitFor()
      // The link of a row leads to the run of its trial.
      const running = page.getByRole('row', { name: / running / }).first()
      const link = running.getByRole('link')
      const epochsOf = async () => /(\d+)\/9/.exec((await running.textContent())!)![1]
      await expect.poll(epochsOf).toMatch(/^[1-9]$/)
      const before = Number(await epochsOf())
      const run = (await link.getAttribute('href'))!.split('/').at(-1)!
      const metrics = { loss: 0.2, accuracy: 0.9, valLoss: 0.3, valAccuracy: 0.875, learningRate: 0.001 }
      const epoch = { epoch: before, metrics, trainMs: 1, durationMs: 1 }
      await stores[1]!.record(run, { epochs: [epoch], steps: [], happenings: [] })
      await expect.poll(epochsOf, { timeout: 10_000 }).toBe(`${before + 1}`)
      const id = (await stores[1]!.studies.list()).find(({ name }) => name === 'going-on')!
      const end = { type: 'end', reason: 'interrupted', text: 'You stopped it.' }
      await stores[1]!.studies.append(id.id, id.events, [end])
      await page.getByText('You stopped it.').waitFor()
      await page.locator('.run-title .status', { hasText: 'interrupted' }).waitFor()

      await page.goto(`${studio.url}runs/${run}`)
      await page.getByRole('link', { name: 'a search' }).waitFor()
      await page.getByText(`${before + 1} of 9`, { exact: true }).waitFor()
      // The list of runs has no trials, so the page follows its curve.
      await stores[1]!.record(run, { epochs: [{ ...epoch, epoch: before + 1 }], steps: [], happenings: [] })
      await page.getByText(`${before + 2} of 9`, { exact: true }).waitFor()
      await page.getByRole('link', { name: 'a search' }).click()
      await page.getByRole('heading', { name: 'going-on' }).waitFor()
    }, 60_000)

    test('two objectives: the Pareto front, and no best one', async () => {
      await recordSearch({
        store: stores[0]!,
        name: 'small-and-good',
        objective: ['valAccuracy', 'params'],
        repeats: { top: 0, seeds: 1 },
      })
      await page.goto(`${studio.url}search/small-and-good`)
      await page.getByText(/^The Pareto front has \d+ trials?, which no other trial beats/).waitFor()
      await image(
        /^Val accuracy over Parameters, \d+ trials\. On the front: \d\d\.\d\d % at [\d,]+/,
      ).waitFor()
      await image(/^The best of \d+ trials over epochs of all trials\. It is \d\d\.\d\d %\.$/).waitFor()
    }, 60_000)

    test('the sealed test, once it was opened, by configuration and seed', async () => {
      const store = stores[0]!
      const [study] = await store.studies.list()
      const runs = [1, 2].map(seed => ({
        run: `${seed}`.padStart(12, '0'),
        seed,
        testAccuracy: 0.9 + seed / 1000,
      }))
      await store.studies.append(study!.id, study!.events, [
        { type: 'final', sentence: 'As expected.', results: [{ trial: 0, runs }] },
      ])
      const sealed = page.getByRole('region', { name: 'Test images' })
      await sealed.getByText('As expected.').waitFor()
      await sealed
        .getByRole('row', { name: /^0 your starting point 90\.15 ± 0\.07 seed 1: 90\.10, seed 2: 90\.20$/ })
        .waitFor()
    }, 60_000)

    test('on a phone: axe finds nothing serious, in light and in dark, and nothing is too wide', async () => {
      const prepare = async (phone: Page) => {
        await phone.getByRole('heading', { name: 'Test images' }).waitFor()
        await phone.locator('.search canvas').nth(3).waitFor()
        await phone.locator('.limits summary').click()
      }
      expect(await faultsOnPhone(browser, studio, 'search/recommended', prepare)).toEqual([])
      const listed = (phone: Page) => phone.getByRole('heading', { name: 'Searches' }).waitFor()
      expect(await faultsOnPhone(browser, studio, 'search', listed)).toEqual([])
    }, 120_000)

    test('every button can be read in every state', async () => {
      await page.goto(`${studio.url}search/recommended?in.learningRate=0.001..0.01`)
      await page.getByRole('button', { name: 'Without limits' }).waitFor()
      expect(await faintControls(page)).toEqual([])
    }, 60_000)

    test('the page and its policy never complain', () => expect(errors).toEqual([]))
  })
