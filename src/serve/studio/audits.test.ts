import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDataset } from '../../data/dataset.ts'
import { Audits } from './audits.ts'

test('a damaged audit counts as none, so that it can be made again', async () => {
  const store = mkdtempSync(join(tmpdir(), 'heddle-audits-'))
  const images = { images: new Uint8Array(4), labels: Int32Array.of(0, 1, 0, 1) }
  const data = createDataset({
    name: 'four',
    classNames: ['a', 'b'],
    imageShape: [1, 1, 1],
    train: images,
    test: images,
  })
  mkdirSync(join(store, 'audits'))
  const write = (text: string) => writeFileSync(join(store, 'audits', `${data.fingerprint}.json`), text)
  const audits = new Audits(store, {})
  expect(await audits.of(data)).toEqual({ state: 'none' })
  for (const text of ['{"findings', 'null', '7', '']) {
    write(text)
    expect(await audits.of(data), text).toEqual({ state: 'none' })
  }
  write('{ "findings": [] }')
  expect(await audits.of(data)).toEqual({ state: 'done', audit: { findings: [] } })
  rmSync(store, { recursive: true })
})
