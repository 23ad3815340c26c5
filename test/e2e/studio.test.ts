import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { faintControls } from './contrast-page.ts'
import { heddle } from './heddle.ts'

const experiment = (epochs: number): object => ({
  kind: 'experiment',
  name: 'first',
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
  train: {
    kind: 'train',
    optimizer: 'adam',
    loss: 'sparseCategoricalCrossentropy',
    epochs,
    validationSplit: 0.2,
  },
})

describe('heddle studio', () => {
  test('takes no token from the command line, which every user of a machine sees', async () => {
    const { code, stderr } = await heddle(['studio', '--token', 'correct-horse-battery', '--no-open'], {
      cwd: process.cwd(),
    })
    expect(code).toBe(2)
    expect(stderr).toBe(
      'heddle: --token would show the token to every user of this machine, in the list of processes. Put it into a file and name that: --token-file FILE, or set HEDDLE_TOKEN.\n',
    )
  })

  test('refuses a token that can be guessed, and a port that is none', async () => {
    const short = await heddle(['studio', '--no-open'], { cwd: process.cwd(), env: { HEDDLE_TOKEN: 'abc' } })
    expect([short.code, short.stderr]).toEqual([
      2,
      'heddle: The token of HEDDLE_TOKEN must have 16 to 200 letters, digits, "-", "_", "." or "~", so that it cannot be guessed. Without one Heddle makes its own.\n',
    ])
    const { code, stderr } = await heddle(['studio', '--port', '70000', '--no-open'], { cwd: process.cwd() })
    expect([code, stderr]).toEqual([2, 'heddle: --port must be at most 65535, not 70000.\n'])
  })
})

if (chromiumPath === null) test.skip(`the studio in a browser: ${noChromium}`)
else
  describe('runs in a browser', () => {
    const folder = temporaryFolder()
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    const errors: string[] = []
    const cwd = folder.path
    const status = (text: string) => page.locator('.run-title .status', { hasText: text })

    beforeAll(async () => {
      writeFileSync(join(cwd, 'short.json'), JSON.stringify(experiment(2)))
      writeFileSync(join(cwd, 'long.json'), JSON.stringify(experiment(100_000)))
      ;[studio, browser] = await Promise.all([studioIn(cwd), launch()])
      page = await (await studio.signIn(await browser.newContext())).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('where there are none, it says what to do; those that begin elsewhere appear', async () => {
      await page.goto(studio.url)
      await page.getByRole('heading', { name: 'No runs yet' }).waitFor()
      expect((await heddle(['run', 'short.json', '--seeds', '3'], { cwd })).code).toBe(0)
      await page.getByRole('cell', { name: 'finished' }).nth(2).waitFor()
      await page.getByRole('img', { name: /Loss over steps. Last: linear 3 training 0\.\d+/ }).waitFor()
    }, 60_000)

    test('are filtered, put in order, grouped by seed with mean and deviation, and their columns chosen', async () => {
      await page.getByRole('searchbox').fill('seed=2')
      await page.getByText('1 run', { exact: true }).waitFor()
      await page.getByRole('searchbox').fill('')
      await page.getByRole('button', { name: 'Seed', exact: true }).click()
      await page.getByRole('button', { name: 'Seed', exact: true }).click()
      expect(await page.locator('tbody tr:first-child td:nth-child(5)').textContent()).toBe('1')
      await page.locator('summary', { hasText: 'Columns' }).click()
      await page.getByRole('checkbox', { name: 'Test loss' }).check()
      await page.locator('summary', { hasText: 'Columns' }).click()
      await page.getByRole('columnheader', { name: 'Test loss' }).waitFor()
      await page.getByRole('checkbox', { name: 'Group seeds' }).check()
      await page.getByText('1 configuration of 3 runs').waitFor()
      await page
        .getByRole('cell', { name: /^\d\d\.\d\d ± \d+\.\d\d %$/ })
        .first()
        .waitFor()
      // The address is the whole choice.
      await page.reload()
      await page.getByText('1 configuration of 3 runs').waitFor()
      await page.getByRole('columnheader', { name: 'Test loss' }).waitFor()
    }, 60_000)

    test('two of them are compared: what differs', async () => {
      await page.goto(studio.url)
      await page.getByRole('checkbox', { name: 'first linear 1', exact: false }).check()
      await page.getByRole('checkbox', { name: 'first linear 2', exact: false }).check()
      await page.getByRole('link', { name: 'What differs' }).click()
      await page.getByRole('heading', { name: 'What differs' }).waitFor()
      expect(await page.getByRole('row', { name: /seed/ }).nth(1).textContent()).toMatch(
        /^optionsseed[12]{2}$/,
      )
    }, 60_000)

    test('one that is trained elsewhere is watched, stopped, and resumed here', async () => {
      await page.goto(studio.url)
      const elsewhere = heddle(['run', 'long.json', '--seed', '7', '--checkpoint-steps', '50'], { cwd })
      await page.getByRole('status').getByText('1 training').waitFor()
      await page.locator('tr', { hasText: 'running' }).getByRole('link').click()
      await page.getByText(/epoch \d+ of 100000/).waitFor()
      await page.getByText(/left$/).waitFor()
      await page.getByRole('button', { name: 'Stop' }).click()
      await status('interrupted').waitFor()
      expect((await elsewhere).code).toBe(130)
      const stoppedAt = Number((await page.getByText(/^\d+ of 100000$/).textContent())!.split(' ')[0])
      await page.getByRole('button', { name: 'Resume' }).click()
      await status('running').waitFor()
      const epochs = page.getByText(/^\d+ of 100000$/)
      await expect
        .poll(async () => Number.parseInt((await epochs.textContent())!, 10), { timeout: 30_000 })
        .toBeGreaterThan(stoppedAt)
      await page.getByRole('button', { name: 'Stop' }).click()
      await status('interrupted').waitFor()
      await page.locator('summary', { hasText: 'Log' }).click()
      await page.getByText(/resumed from step \d+/).waitFor()
      await page
        .getByText('Going on', { exact: false })
        .or(page.getByText('heddle: Stopped.', { exact: false }))
        .first()
        .waitFor()
    }, 90_000)

    test('get tags and a note', async () => {
      await page.getByRole('textbox', { name: 'New tag' }).fill('baseline')
      await page.getByRole('textbox', { name: 'New tag' }).press('Enter')
      await page.getByRole('button', { name: 'Remove the tag baseline' }).waitFor()
      const note = page.getByRole('textbox', { name: 'Note' })
      await note.fill('dropout <b>helps</b> **much** ![seen](http://elsewhere/seen.png)')
      await page.getByRole('region', { name: 'Preview of the note' }).getByText('much').waitFor()
      await note.press('Control+Enter')
      const shown = page.getByRole('region', { name: 'Note', exact: true })
      await shown.waitFor()
      expect(await shown.locator('strong').allTextContents()).toEqual(['much'])
      // Tags stay text, and no picture of another server is loaded.
      expect(await shown.textContent()).toBe('dropout <b>helps</b> much seen')
      expect(await shown.locator('b, img').count()).toBe(0)
      await page
        .getByRole('img', { name: /^How the weights of dense\/kernel are spread over \d+ epoch/ })
        .waitFor()
      await page.getByRole('img', { name: /^Memory, MB over steps. Last: linear 7 training \d+\./ }).waitFor()
      await page.goto(`${studio.url}runs?filter=baseline&columns=model,note,tags`)
      await page.getByRole('cell', { name: 'dropout <b>helps</b>', exact: false }).waitFor()
      await page.goto(`${studio.url}runs/nothing`)
      await page.getByRole('alert').getByText('There is no run "nothing"').waitFor()
    }, 60_000)

    test('the server is killed and comes back: the page catches up by itself', async () => {
      const { port } = new URL(studio.url)
      await page.goto(`${studio.url}runs?sort=createdAt`)
      await page.getByRole('row').nth(4).waitFor()
      await studio.end('SIGKILL')
      await page.getByText('Reconnecting …').waitFor()
      expect((await heddle(['run', 'short.json', '--seed', '11', '--user', 'ben'], { cwd })).code).toBe(0)
      await page.getByRole('columnheader', { name: 'User' }).waitFor({ state: 'hidden' })
      studio = await studioIn(cwd, ['--port', port])
      await page.getByText('5 runs').waitFor()
      // Who began a run matters once there are several people.
      await page.getByRole('columnheader', { name: 'User' }).waitFor()
      await page.getByRole('cell', { name: 'ben' }).waitFor()
      await page.getByText('Reconnecting …').waitFor({ state: 'hidden' })
    }, 60_000)

    test('one that failed says why before anything else, and offers what that advises', async () => {
      const { train, ...rest } = experiment(1) as { train: object }
      const optimizer = { kind: 'sgd', learningRate: 3e38 }
      writeFileSync(join(cwd, 'fast.json'), JSON.stringify({ ...rest, train: { ...train, optimizer } }))
      expect((await heddle(['run', 'fast.json'], { cwd })).code).toBe(1)
      await page.goto(studio.url)
      await page.locator('tr', { hasText: 'failed' }).getByRole('link').click()
      const banner = page.getByRole('alert')
      await banner.getByText('Lower the learning rate (it was 3e+38)').waitFor()
      expect(await page.locator('.run-page > *').nth(1).getAttribute('role')).toBe('alert')
      expect(await faintControls(page)).toEqual([])
      await banner.getByRole('link', { name: 'New run with a lower learning rate' }).click()
      const rate = page.getByRole('textbox', { name: 'learningRate' })
      await rate.waitFor()
      expect(Number(await rate.inputValue())).toBe(3e37)
      await page.goBack()
      await banner.getByText('Lower the learning rate').waitFor()
    }, 60_000)

    test('every button can be read in every state, in light and in dark', async () => {
      await page.goto(studio.url)
      await page.getByRole('cell', { name: 'failed' }).waitFor()
      await page.getByRole('checkbox', { name: 'first linear 2', exact: false }).check()
      await page.getByRole('button', { name: 'Clear' }).waitFor()
      expect(await faintControls(page)).toEqual([])
      await page.goto(`${studio.url}new`)
      await page.getByRole('button', { name: 'Start', disabled: false }).waitFor()
      expect(await faintControls(page)).toEqual([])
    }, 60_000)

    test('the page and its policy never complain', () => {
      const real = errors.filter(
        text => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY|status of 404/.test(text),
      )
      expect(real).toEqual([])
    })

    test('Ctrl-C ends it, and says nothing of a defect', async () => {
      const other = await studioIn(cwd)
      expect(await other.end()).toBe(0)
    }, 30_000)
  })
