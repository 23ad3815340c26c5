import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../../src/index.ts'
import { faultsOnPhone } from './axe-page.ts'
import {
  chromiumPath,
  launch,
  noChromium,
  type RunningStudio,
  studioIn,
  temporaryFolder,
} from './browser-page.ts'
import { heddle } from './heddle.ts'

const head = {
  name: 'dense',
  layer: { kind: 'dense', units: 10, activation: 'softmax' },
  inputs: ['flatten'],
}
const experiment = {
  kind: 'experiment',
  name: 'first',
  data: { kind: 'fashionMnistMini' },
  models: {
    linear: {
      kind: 'model',
      nodes: [{ name: 'flatten', layer: { kind: 'flatten' }, inputs: ['input'] }, head],
    },
    conv: {
      kind: 'model',
      nodes: [
        { name: 'conv2d', layer: { kind: 'conv2d', filters: 8, kernelSize: 3 }, inputs: ['input'] },
        { name: 'flatten', layer: { kind: 'flatten' }, inputs: ['conv2d'] },
        head,
      ],
    },
  },
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 2 },
}

/** What a page knows and Node does not. */
interface Canvas {
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Iterable<number> }
  }
}

if (chromiumPath === null) test.skip(`a network is tried in a browser: ${noChromium}`)
else
  describe('a network is tried in a browser', () => {
    const folder = temporaryFolder()
    const errors: string[] = []
    let studio: RunningStudio
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'first.json'), JSON.stringify(experiment))
      ;[studio, browser] = await Promise.all([
        studioIn(folder.path),
        launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']),
      ])
      page = await (await studio.signIn(await browser.newContext())).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    /** What each class gets, in percent, when there is an answer. */
    async function shares(): Promise<number[]> {
      await page.getByText(/ms in this browser/).waitFor()
      const texts = await page.locator('.bar-value').allTextContents()
      return texts.map(text => Number.parseFloat(text))
    }

    test('where there is none, it says what to do', async () => {
      await page.goto(`${studio.url}try`)
      await page.getByRole('heading', { name: 'There is no trained network to try yet' }).waitFor()
      expect((await heddle(['run', 'first.json'], { cwd: folder.path })).code).toBe(0)
      await page.getByText('Draw something').waitFor()
      await page.locator('option', { hasText: 'conv' }).first().waitFor({ state: 'attached' })
    }, 60_000)

    test('what is drawn gets probabilities, by hand or with the keyboard', async () => {
      const drawing = page.getByRole('application', { name: /Drawing, 28 by 28/ })
      const box = (await drawing.boundingBox())!
      await page.mouse.move(box.x + 100, box.y + 80)
      await page.mouse.down()
      await page.mouse.move(box.x + 220, box.y + 260, { steps: 8 })
      await page.mouse.up()
      const drawn = await shares()
      expect(drawn.length).toBe(10)
      expect(drawn.reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 0)
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByText('Draw something').waitFor()
      await drawing.focus()
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Space')
      expect((await shares()).reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 0)
      await page.keyboard.press('Control+z')
      await page.keyboard.press('Control+z')
      await page.getByText('Draw something').waitFor()
    }, 60_000)

    test('a picture is answered as the command line answers it, step by step', async () => {
      const { test: examples } = await loadDataset(fashionMnistMini())
      const pixels = Buffer.from(examples.images.subarray(0, 784))
      const raw = { width: 28, height: 28, channels: 1 } as const
      writeFileSync(join(folder.path, 'zero.png'), await sharp(pixels, { raw }).png().toBuffer())
      await page.getByRole('combobox', { name: 'Network' }).selectOption({ label: (await option('conv'))! })
      await page.getByLabel('Picture').setInputFiles(join(folder.path, 'zero.png'))
      await page.getByRole('combobox', { name: 'Crop' }).selectOption('nothing')
      await page.getByRole('img', { name: 'Scaled: 28 × 28, centred' }).waitFor()
      await page.getByText('Not inverted').waitFor()
      const id = new URL(page.url()).searchParams.get('run')!
      const args = ['predict', id, '--data', 'fashion-mnist-mini', '--index', '0', '--json']
      const { stdout } = await heddle(args, { cwd: folder.path })
      const [{ probabilities, class: found }] = JSON.parse(stdout).answers
      const shown = await shares()
      Object.values<number>(probabilities).forEach((share, k) => {
        expect(Math.abs(shown[k]! - 100 * share)).toBeLessThan(0.06)
      })
      await page.getByRole('img', { name: `the evidence for ${found}` }).waitFor()
      await page.getByRole('button', { name: /^Trouser/ }).click()
      await page.getByRole('img', { name: 'the evidence for Trouser' }).waitFor()
      expect(new URL(page.url()).searchParams.get('explain')).toBe('Trouser')
    }, 60_000)

    async function option(model: string): Promise<string | undefined> {
      const labels = await page.getByRole('combobox', { name: 'Network' }).locator('option').allTextContents()
      return labels.find(label => label.startsWith(model))
    }

    test('a bomb, a text and a picture without a background', async () => {
      const bomb = Buffer.from('89504e470d0a1a0a0000000d494844520000ffff0000ffff', 'hex')
      await page
        .getByLabel('Picture')
        .setInputFiles({ name: 'bomb.png', mimeType: 'image/png', buffer: bomb })
      await page.getByRole('alert').getByText('at most 100 million are opened').waitFor()
      const text = Buffer.from('hello')
      await page.getByLabel('Picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: text })
      await page.getByRole('alert').getByText('This picture cannot be opened: it is not a whole').waitFor()
      const jpeg = await sharp({ create: { width: 900, height: 700, channels: 3, background: '#d8cfc0' } })
        .jpeg()
        .toBuffer()
      await page.getByLabel('Picture').setInputFiles({ name: 'b.jpg', mimeType: 'image/jpeg', buffer: jpeg })
      await page.getByRole('img', { name: 'Photo: 900 × 700' }).waitFor()
      await page.getByText('Inverted', { exact: true }).waitFor()
    }, 60_000)

    test('an image of the data is taken by its index, and by the address alone', async () => {
      const { test: examples } = await loadDataset(fashionMnistMini())
      const drawn = (): Promise<number[]> =>
        page.locator('.drawing .pixels').evaluate(element => {
          const { data } = (element as unknown as Canvas).getContext('2d').getImageData(0, 0, 28, 28)
          return [...data].filter((_, i) => i % 4 === 0)
        })
      await page.getByRole('textbox', { name: 'Test image' }).fill('7')
      await page.getByRole('button', { name: 'Take it' }).click()
      await expect.poll(drawn).toEqual([...examples.images.subarray(7 * 784, 8 * 784)])
      await page.reload()
      await shares()
      expect(await drawn()).toEqual([...examples.images.subarray(7 * 784, 8 * 784)])
      await page.getByRole('textbox', { name: 'Test image' }).fill('500')
      await page.getByRole('button', { name: 'Take it' }).click()
      await page.getByRole('alert').getByText('there is no image 500, only 0 to 499').waitFor()
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByText('Draw something').waitFor()
      expect(new URL(page.url()).searchParams.get('image')).toBe(null)
      // A refused question is told in the console as well.
      expect(errors.splice(0).every(text => text.includes('status of 400'))).toBe(true)
    }, 60_000)

    test('without a layer that keeps places there are integrated gradients instead; an unknown run is told; two answer about one picture, also of the camera', async () => {
      await page.getByRole('application', { name: /Drawing/ }).click()
      await page.getByRole('img', { name: /the evidence for/ }).waitFor()
      await page.getByRole('combobox', { name: 'Network' }).selectOption({ label: (await option('linear'))! })
      // What was there stays, and the other network answers.
      await page.getByRole('img', { name: /^Integrated gradients: the evidence for/ }).waitFor()
      await page.getByRole('combobox', { name: 'Beside it' }).selectOption({ label: (await option('conv'))! })
      const second = page.getByRole('region', { name: 'Answer of the second network' })
      await second.getByRole('heading', { name: /^conv, seed/ }).waitFor()
      await second.getByRole('img', { name: /^Grad-CAM: the evidence for/ }).waitFor()
      expect(await second.locator('.bar-value').count()).toBe(10)
      await second.getByRole('button', { name: /^Bag/ }).click()
      await page.getByRole('img', { name: 'the evidence for Bag' }).nth(1).waitFor()
      // Both see what the camera sees, and the last picture stays.
      await page.getByRole('button', { name: 'Camera', exact: true }).click()
      await page.getByRole('img', { name: /^Photo: \d+ × \d+/ }).waitFor()
      await page.getByRole('button', { name: 'Keep this picture' }).click()
      await page.getByLabel('What the camera sees').waitFor({ state: 'hidden' })
      await second.getByText(/ms in this browser/).waitFor()
      expect(errors).toEqual([])
      await page.goto(`${studio.url}try?run=nothing`)
      await page.getByRole('alert').getByText('There is no run "nothing"').waitFor()
    }, 60_000)

    test('without an engine for browsers the server answers, and the page says so', async () => {
      const other = await studioIn(folder.path, ['--port', '0'], { HEDDLE_WASM: '/nonexistent' })
      const context = await other.signIn(await browser.newContext())
      const away = await context.newPage()
      expect((await context.request.get(`${other.url}heddle.wasm`)).status()).toBe(404)
      await away.goto(`${other.url}try`)
      await away.getByText('it stays in the studio’s server').waitFor()
      await away.getByRole('application', { name: /Drawing/ }).click()
      await away.getByText(/ms in the studio’s server/).waitFor()
      const texts = await away.locator('.bar-value').allTextContents()
      expect(texts.map(Number.parseFloat).reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 0)
      await away.getByRole('img', { name: /the evidence for/ }).waitFor()
      await away.goto(`${other.url}model`)
      await away.getByText(/28 × 28 × 1 → 10 · \d layers/).waitFor()
      await context.close()
      await other.end()
    }, 60_000)

    test('axe finds nothing serious, and nothing is wider than a phone', async () => {
      const faults = await faultsOnPhone(browser, studio, `try`, async narrow => {
        await narrow.getByRole('application').click()
        await narrow.getByText(/ms in this browser/).waitFor()
      })
      expect(faults).toEqual([])
    }, 60_000)
  })
