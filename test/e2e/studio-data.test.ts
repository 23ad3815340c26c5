import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corrected, fashionMnistMini, loadDataset } from '../../src/index.ts'
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

const experiment = {
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
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 1 },
}

/** What a page knows and Node does not. */
interface Canvas {
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Iterable<number> }
  }
  toDataURL(): string
}

/** A hundred of each class, 100 × 100 pixels. */
async function colourPictures(folder: string): Promise<void> {
  for (const background of ['red', 'blue']) {
    mkdirSync(join(folder, background), { recursive: true })
    const size = { width: 100, height: 100, channels: 3 } as const
    const png = await sharp({ create: { ...size, background } })
      .png()
      .toBuffer()
    for (let i = 0; i < 100; i++) writeFileSync(join(folder, background, `${i}.png`), png)
  }
}

if (chromiumPath === null) test.skip(`data in a browser: ${noChromium}`)
else
  describe('data in a browser', () => {
    const folder = temporaryFolder()
    const errors: string[] = []
    let studio: RunningStudio
    let browser: Browser
    let page: Page
    const path = (query = ''): string => `data/fashion-mnist-mini${query}`
    const at = (query = ''): string => studio.url + path(query)
    const answer = async (path: string, init?: RequestInit): Promise<{ status: number; text: string }> => {
      const response = await fetch(new URL(path, studio.url), {
        ...init,
        headers: { ...studio.headers, ...init?.headers },
      })
      return { status: response.status, text: await response.text() }
    }
    const json = (method: string, body: unknown): RequestInit => ({
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })

    beforeAll(async () => {
      writeFileSync(join(folder.path, 'first.json'), JSON.stringify(experiment))
      await colourPictures(join(folder.path, 'pictures'))
      mkdirSync(join(folder.path, 'experiments'))
      const pictures = { ...experiment, name: 'pictures', data: { kind: 'imageFolder', path: '../pictures' } }
      writeFileSync(join(folder.path, 'experiments/pictures.json'), JSON.stringify(pictures))
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch()])
      page = await (await studio.signIn(await browser.newContext())).newPage()
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
    })

    test('classes are counted, chosen, and an image is found by its index', async () => {
      const { train, test: held, classNames } = await loadDataset(fashionMnistMini())
      await page.goto(`${studio.url}data`)
      await page.getByText('1,500 to train on, 500 to test').waitFor()
      await page.getByRole('button', { name: 'Coat 150' }).click()
      await page.getByText('page 1 of 1 (150 images)').waitFor()
      const first = train.labels.indexOf(classNames.indexOf('Coat'))
      await page.getByRole('button', { name: `train ${first}: Coat` }).click()
      await page.getByRole('heading', { name: `train ${first}` }).waitFor()
      await page.getByRole('radio', { name: 'test' }).check()
      await page.getByRole('textbox', { name: 'Find by index' }).fill('321')
      await page.getByRole('textbox', { name: 'Find by index' }).press('Enter')
      const name = classNames[held.labels[321]!]!
      await page.getByRole('img', { name: `test 321: ${name}` }).waitFor()
      expect(await page.getByRole('button', { name: 'test 321:' }).getAttribute('aria-current')).toBe('true')
      // What is drawn is the image, and the address is the whole choice.
      await page.reload()
      const canvas = page.getByRole('img', { name: `test 321: ${name}` })
      await canvas.waitFor()
      const drawn = await canvas.evaluate(element => {
        const { data } = (element as unknown as Canvas).getContext('2d').getImageData(0, 0, 28, 28)
        return [...data].filter((_, i) => i % 4 === 0)
      })
      expect(drawn).toEqual([...held.images.subarray(321 * 784, 322 * 784)])
      await page.getByRole('textbox', { name: 'Find by index' }).fill('500')
      await page.getByRole('textbox', { name: 'Find by index' }).press('Enter')
      await page.getByRole('alert').getByText('The test split has the images 0 to 499.').waitFor()
    }, 60_000)

    test('images with a tag are listed alone, and Back lists all again', async () => {
      const tags = { tag: 'torn', indices: [3, 700], does: 'add' }
      expect((await answer('api/data/fashion-mnist-mini/train/tags', json('PUT', tags))).status).toBe(200)
      await page.goto(at())
      await page.getByText('page 1 of 8 (1,500 images)').waitFor()
      await page.getByRole('combobox', { name: 'Tag' }).selectOption('torn')
      await page.getByText('page 1 of 1 (2 images)').waitFor()
      await page.getByRole('button', { name: 'train 700:' }).waitFor()
      expect(new URL(page.url()).searchParams.get('tag')).toBe('torn')
      await page.goBack()
      await page.getByText('page 1 of 8 (1,500 images)').waitFor()
    }, 60_000)

    test('the wall is walked with the arrow keys', async () => {
      await page.goto(at())
      await page.getByRole('button', { name: 'train 0:' }).focus()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('Enter')
      const index = Number(new URL(page.url()).searchParams.get('index'))
      expect(index).toBeGreaterThan(5)
      await page.getByRole('heading', { name: `train ${index}` }).waitFor()
    }, 60_000)

    test('pictures in colour, too many bytes for one answer', async () => {
      await page.goto(`${studio.url}data`)
      await page.getByRole('combobox', { name: 'Dataset' }).selectOption('pictures')
      await page.getByText('160 to train on, 40 to test · 100 × 100 × 3').waitFor()
      const colour = (name: string): Promise<number[]> =>
        page
          .getByRole('button', { name })
          .locator('canvas')
          .evaluate(element => [
            ...(element as unknown as Canvas).getContext('2d').getImageData(50, 50, 1, 1).data,
          ])
      await expect.poll(() => colour('train 0: blue')).toEqual([0, 0, 255, 255])
      await expect.poll(() => colour('train 159: red')).toEqual([255, 0, 0, 255])
      await page.getByRole('link', { name: 'Augmentation' }).click()
      await page.getByRole('checkbox', { name: 'Cutout' }).check()
      await page.getByRole('img', { name: 'red, step 7' }).waitFor()
    }, 60_000)

    test('augmentations are seen while sliders move, as training draws them', async () => {
      await page.goto(at())
      await page.getByRole('link', { name: 'Augmentation' }).click()
      const first = page.getByRole('img', { name: 'Coat, step 0' })
      const pixels = (): Promise<string> =>
        first.evaluate(element => (element as unknown as Canvas).toDataURL())
      await page.getByRole('checkbox', { name: 'Rotation' }).check()
      await first.waitFor()
      const gentle = await pixels()
      await page.getByRole('slider', { name: 'Rotation: how much' }).fill('0.4')
      await page.getByText('± 144°').waitFor()
      await expect.poll(pixels).not.toBe(gentle)
      await page.getByText('randomRotation({ factor: 0.4 })').waitFor()
      const strong = await pixels()
      await page.getByRole('button', { name: 'Draw again' }).click()
      await expect.poll(pixels).not.toBe(strong)
      await page.reload()
      await page.getByText('± 144°').waitFor()
    }, 60_000)

    test('labels are marked in a file of their own, and a run is trained again with them', async () => {
      await page.goto(at('?show=corrections'))
      await page.getByRole('heading', { name: 'No label is marked as wrong' }).waitFor()
      await page.goto(at('?index=12'))
      await page.getByRole('combobox', { name: 'Should be' }).selectOption('Bag')
      await page.getByText('Marked as Bag').waitFor()
      await page.getByRole('link', { name: 'Corrections', exact: true }).click()
      await page.getByText('There is no finished run on this data to train again').waitFor()
      expect((await heddle(['run', 'first.json', '--seed', '5'], { cwd: folder.path })).code).toBe(0)
      await page.getByRole('button', { name: 'Train with 1 correction' }).click()
      await page.getByText(/of 1 training done|1 training with corrected labels is done/).waitFor()
      const file = join(folder.path, '.heddle/corrections/fashion-mnist-mini.json')
      const kept = JSON.parse(readFileSync(file, 'utf8'))
      expect(kept).toMatchObject({ train: { 12: 'Bag' }, test: {} })
      // The file is what an experiment takes.
      const data = await loadDataset(corrected(fashionMnistMini(), kept))
      expect(data.classNames[data.train.labels[12]!]).toBe('Bag')
      const runs = async () =>
        JSON.parse((await heddle(['runs', 'ls', '--json'], { cwd: folder.path })).stdout)
      await expect
        .poll(async () => (await runs()).map((run: { status: string }) => run.status), {
          timeout: 30_000,
        })
        .toEqual(['finished', 'finished'])
      const [again, before] = await runs()
      expect(again.seed).toBe(5)
      expect(again.dataset).toBe('fashion-mnist-mini, corrected')
      expect(again.fingerprint).not.toBe(before.fingerprint)
      // Whoever comes from a run marks in the same file, but not in what is corrected.
      const { text } = await answer(`/api/data/run:${before.id}`)
      expect(JSON.parse(text)).toMatchObject({
        name: 'fashion-mnist-mini',
        corrections: { train: { 12: 'Bag' } },
      })
      const refused = await answer(
        `/api/data/run:${again.id}/train/labels/12`,
        json('PUT', { label: 'Coat' }),
      )
      expect(refused.text).toContain('is corrected already: mark labels in the data that it was made from.')
      // Back to what it was: nothing is left of the mark.
      await page.goto(at('?show=corrections'))
      await page.getByRole('button', { name: 'train 12: Sandal, should be Bag' }).waitFor()
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('heading', { name: 'No label is marked as wrong' }).waitFor()
      expect(JSON.parse(readFileSync(file, 'utf8')).train).toEqual({})
      expect(errors).toEqual([])
    }, 90_000)

    test('an audit runs beside the page, and its doubtful labels are marked', async () => {
      await page.goto(at('?show=audit'))
      await page.getByRole('button', { name: 'Audit fashion-mnist-mini' }).click()
      await page.getByRole('heading', { name: 'Doubtful labels' }).waitFor({ timeout: 90_000 })
      const suspect = page.locator('.suspects li').first()
      const should = suspect.getByRole('combobox')
      const [, split, index] = /(train|test) (\d+) should be/.exec(
        (await should.getAttribute('aria-label'))!,
      )!
      const suggestion = suspect.getByRole('button', { name: /^It is/ })
      const suggested = (await suggestion.textContent())!.replace('It is ', '')
      await suggestion.click()
      await suggestion.waitFor({ state: 'detached' })
      expect(await should.inputValue()).toBe(suggested)
      const file = join(folder.path, '.heddle/corrections/fashion-mnist-mini.json')
      expect(JSON.parse(readFileSync(file, 'utf8'))[split!]).toEqual({ [index!]: suggested })
      // It is there the next time, and the image opens.
      await page.reload()
      await page.getByRole('heading', { name: 'Doubtful labels' }).waitFor()
      await suspect.getByRole('button', { name: `${split} ${index}:` }).click()
      await page.getByText(`Marked as ${suggested}`).waitFor()
      expect(errors).toEqual([])
    }, 120_000)

    test('what is asked beyond the data is refused', async () => {
      const images = '/api/data/fashion-mnist-mini/train/images?indices='
      expect(await answer(`${images}1500`)).toEqual({
        status: 400,
        text: JSON.stringify({
          error: 'fashion-mnist-mini, train: there is no image 1500, only 0 to 1499.',
        }),
      })
      expect((await answer(`${images}${Array(501).fill(0)}`)).text).toContain(
        'At most 500 images of 28 × 28 × 1 are sent at once, not 501.',
      )
      expect((await answer(`${images}../../etc/passwd`)).status).toBe(400)
      expect((await answer('/api/data/..%2F..%2Fetc%2Fpasswd')).text).toContain('There is no dataset')
      expect((await answer('/api/data/nothing/train/labels')).text).toContain('There is no dataset')
      const marked = json('PUT', { label: 'Shoe' })
      expect((await answer('/api/data/fashion-mnist-mini/train/labels/3', marked)).text).toContain(
        'has no class',
      )
      const ask = { split: 'train', indices: [0], versions: 1, seed: 0 }
      const augmented = (augmentation: unknown): Promise<{ text: string }> =>
        answer('/api/data/fashion-mnist-mini/augmented', json('POST', { ...ask, augmentation }))
      expect((await augmented([{ kind: 'randomRotation', factor: 7 }])).text).toContain('factor')
      expect((await augmented([{ kind: 'randomFilp' }])).text).toContain('Did you mean')
    }, 60_000)

    test('axe finds nothing serious, and nothing is wider than a phone', async () => {
      const images = await faultsOnPhone(browser, studio, path('?index=12'), async narrow => {
        await narrow.getByRole('img', { name: 'train 12: Sandal' }).waitFor()
      })
      const augmentation = await faultsOnPhone(
        browser,
        studio,
        path('?show=augmentation&augment=randomRotation:0.1'),
        async narrow => {
          await narrow.getByRole('img', { name: 'Coat, step 0' }).waitFor()
        },
      )
      expect([...images, ...augmentation]).toEqual([])
    }, 60_000)
  })
