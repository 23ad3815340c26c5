import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readZip } from '../../src/model/files/zip.ts'
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

/** A camera that Chromium makes up, and a user who allows it. */
const CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']
const EACH = 14

/** A disc on a ground: of each class in another place, in colours that differ from picture to picture. */
async function picture(kind: 'left' | 'right', i: number): Promise<Buffer> {
  const [x, hue] = [kind === 'left' ? 7 : 25, (i * 47) % 360]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="hsl(${hue} 30% 85%)"/><circle cx="${x}" cy="${10 + (i % 12)}" r="6" fill="hsl(${hue + 120} 80% 30%)"/></svg>`
  return await sharp(Buffer.from(svg)).png().toBuffer()
}

if (chromiumPath === null) test.skip(`your own pictures in a browser: ${noChromium}`)
else
  describe('your own pictures in a browser', () => {
    const folder = temporaryFolder()
    const outside = temporaryFolder()
    const own = join(folder.path, 'pictures/discs')
    const errors: string[] = []
    let studio: RunningStudio
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      for (const kind of ['left', 'right'] as const) {
        mkdirSync(join(outside.path, 'discs', kind, 'more'), { recursive: true })
        for (let i = 0; i < EACH; i++) {
          const place = i % 2 === 0 ? kind : join(kind, 'more')
          writeFileSync(join(outside.path, 'discs', place, `${i}.png`), await picture(kind, i))
        }
      }
      writeFileSync(join(outside.path, 'discs/left/notes.txt'), 'not a picture')
      writeFileSync(join(outside.path, 'discs/left/broken.png'), 'neither is this')
      writeFileSync(join(outside.path, 'discs/right/copy.png'), await picture('right', 3))
      ;[studio, browser] = await Promise.all([studioIn(folder.path), launch(CAMERA)])
      page = await (await studio.signIn(await browser.newContext())).newPage()
      // A loaded machine takes long to decode thirty pictures.
      page.setDefaultTimeout(90_000)
      page.on('pageerror', error => errors.push(error.message))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    }, 60_000)

    afterAll(async () => {
      await browser?.close()
      await studio?.end()
      folder.remove()
      outside.remove()
    }, 60_000)

    const count = (name: string) =>
      page
        .getByRole('region', { name: `Class ${name}` })
        .getByText(/picture/)
        .first()

    /** As a person drops files from the desktop. */
    async function drop(path: string): Promise<void> {
      const session = await page.context().newCDPSession(page)
      const at = { x: 300, y: 200, data: { items: [], files: [path], dragOperationsMask: 1 } }
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await session.send('Input.dispatchDragEvent', { type, ...at })
    }

    test('a folder with a folder for each class is dropped, and looked over', async () => {
      await page.goto(`${studio.url}pictures`)
      await page.getByRole('textbox', { name: 'What are the pictures of?' }).fill('discs')
      await page.getByRole('button', { name: 'Begin' }).click()
      await page.getByText('Drop pictures here').waitFor()
      await drop(join(outside.path, 'discs'))
      await page.getByText('28 pictures added, 1 there already.').waitFor()
      await page.getByText('1 file left out, as notes.txt is not a picture.').waitFor()
      await page.getByText(/broken.png: it is not a whole PNG/).waitFor()
      await expect.poll(() => count('left').textContent(), { timeout: 60_000 }).toBe('14 pictures')
      expect(readdirSync(own).sort()).toEqual(['left', 'right'])
      // A refused file is reported in the console as well.
      expect(errors.splice(0).every(text => text.includes('status of 409'))).toBe(true)
    }, 120_000)

    test('pictures are selected and relabelled with pointer and keys, and it is taken back', async () => {
      const tiles = page.getByRole('option')
      await tiles.nth(1).click()
      await tiles.nth(3).click({ modifiers: ['Shift'] })
      await tiles.nth(6).click({ modifiers: ['Control'] })
      await page.getByText('4 pictures selected').waitFor()
      await page.keyboard.press('2')
      await page.getByRole('button', { name: 'Undo: 4 pictures moved to right' }).waitFor()
      await expect.poll(() => count('right').textContent(), { timeout: 60_000 }).toBe('18 pictures')
      // The keys go on where they were, down into the next class, and remove a picture there.
      await page.keyboard.press('End')
      await page.keyboard.press('Shift+ArrowLeft')
      await page.getByText('2 pictures selected').waitFor()
      await page.keyboard.press('Delete')
      await page.getByRole('button', { name: 'Undo: 2 pictures removed' }).waitFor()
      await page.keyboard.press('Control+z')
      await page.getByRole('button', { name: 'Undo: 4 pictures moved' }).waitFor()
      await page.keyboard.press('Control+z')
      await page.getByRole('button', { name: 'Undo: 28 pictures added' }).waitFor()
      await expect.poll(() => count('left').textContent(), { timeout: 60_000 }).toBe('14 pictures')
    }, 120_000)

    test('a class is named, recorded with the camera, renamed and removed', async () => {
      await page.getByRole('textbox', { name: 'New class' }).fill('me')
      await page.getByRole('button', { name: 'Add the class' }).click()
      await page.getByRole('button', { name: 'Record me with the camera' }).click()
      const record = page.getByRole('button', { name: 'Hold to record' })
      await record.hover()
      await page.mouse.down()
      // The number grows while it is held: 3 itself may be passed over.
      await page.getByText(/\b([3-9]|\d{2,}) pictures recorded/).waitFor()
      await page.mouse.up()
      await page.getByRole('button', { name: /^Undo: \d+ pictures added/ }).waitFor()
      await page.getByRole('button', { name: 'Close the camera' }).click()
      // What the page is told of before the class is renamed arrives after it.
      let release = (): void => {}
      const renamed = new Promise<void>(resolve => {
        release = resolve
      })
      const isAsked = new Promise<void>(resolve => {
        void page.route(
          '**/api/pictures/discs',
          async route => {
            const before = await route.fetch()
            resolve()
            await renamed
            await route.fulfill({ response: before }).catch(() => {})
          },
          { times: 1 },
        )
      })
      await page
        .locator('input[type=file][aria-label="Pictures of left"]')
        .setInputFiles(join(outside.path, 'discs/left/0.png'))
      await isAsked
      const name = page.getByRole('textbox', { name: 'Name of the class me' })
      await name.fill('someone')
      await name.press('Enter')
      const undo = page.getByRole('button', { name: 'Undo: me renamed to someone' })
      await undo.waitFor()
      release()
      await page.waitForTimeout(500)
      expect(await undo.count()).toBe(1)
      expect(readdirSync(join(own, 'someone'))[0]).toMatch(/^camera-\d{14}-001\.jpg$/)
      await page.getByRole('button', { name: 'Remove the class someone' }).click()
      await page.getByRole('button', { name: 'Undo: the class someone removed' }).waitFor()
    }, 120_000)

    test('a network is trained on them, with its result in honest numbers, and tried', async () => {
      await page.getByRole('button', { name: 'Train', exact: true }).click()
      await page.getByRole('heading', { name: 'How well it does' }).waitFor()
      const result = page.getByRole('region', { name: 'Result' })
      await result.getByText(/of 6 test pictures recognised/).waitFor()
      await result.getByText(/For pictures like these, expect \d+ % to \d+ % \(95 % interval\)/).waitFor()
      expect(await result.getByText('too few to tell').count()).toBe(2)
      await page.getByLabel('Picture to try').setInputFiles(join(outside.path, 'discs/left/4.png'))
      const answer = page.getByRole('region', { name: 'Try it' })
      await answer.getByRole('img', { name: 'The picture as the network gets it' }).waitFor()
      const shares = async (): Promise<number[]> =>
        (await answer.locator('.bar-value').allTextContents()).map(text => Number.parseFloat(text))
      expect((await shares()).reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 0)
      const run = (await page.getByRole('link', { name: 'Curves and settings' }).getAttribute('href'))!.slice(
        6,
      )
      const { stdout } = await heddle(['predict', run, join(outside.path, 'discs/left/4.png'), '--json'], {
        cwd: folder.path,
      })
      const [{ class: found, probabilities }] = JSON.parse(stdout).answers
      expect(await answer.locator('.picture-verdict').textContent()).toBe(found)
      const shown = await shares()
      Object.values<number>(probabilities).forEach((share, k) => {
        expect(Math.abs(shown[k]! - 100 * share)).toBeLessThan(0.06)
      })
      await answer.getByRole('button', { name: 'Camera' }).click()
      await answer.getByLabel('What the camera sees').waitFor()
      await answer.getByRole('button', { name: 'Close the camera' }).click()
    }, 150_000)

    test('pictures and network are taken along as files', async () => {
      const [archive] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'The pictures (.zip)' }).click(),
      ])
      expect(archive.suggestedFilename()).toBe('discs.zip')
      const { request } = page.context()
      const bytes = await (await request.get(`${studio.url}api/pictures/discs/zip`)).body()
      const { size } = await readZip(bytes, [
        'discs/left/0.png',
        'discs/right/13.png',
        'discs/right/nothing.png',
      ])
      expect(size).toBe(2)
      for (const name of ['as a web page', 'for Keras', 'for ONNX', 'for TensorFlow.js', 'for Heddle']) {
        const link = page.getByRole('link', { name: `The network ${name}` })
        const model = await request.get(new URL((await link.getAttribute('href'))!, studio.url).href)
        expect([model.status(), (await model.body()).length > 10_000], name).toEqual([200, true])
      }
      // A tile that is drawn while its picture moves asks for it under its old name.
      expect(errors.filter(text => !text.includes('status of 404'))).toEqual([])
    }, 60_000)

    test('axe finds nothing serious, and nothing is wider than a phone', async () => {
      const faults = await faultsOnPhone(browser, studio, 'pictures/discs', async narrow => {
        await narrow.getByRole('heading', { name: 'How well it does' }).waitFor()
        await narrow.getByRole('option').first().click()
        await narrow.getByText('1 picture selected').waitFor()
      })
      expect(faults).toEqual([])
    }, 180_000)
  })
