import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DataAudit } from '../../protocol/audit.ts'
import { KeptTasks } from './kept-tasks.ts'

test('a damaged result counts as none, so that it can be made again', async () => {
  const store = mkdtempSync(join(tmpdir(), 'heddle-audits-'))
  mkdirSync(join(store, 'audits'))
  const write = (text: string) => writeFileSync(join(store, 'audits', 'four.json'), text)
  const audits = new KeptTasks<DataAudit>({ folder: join(store, 'audits'), env: {}, field: 'findings' })
  expect(await audits.of('four')).toEqual({ state: 'none' })
  for (const text of ['{"findings', 'null', '7', '']) {
    write(text)
    expect(await audits.of('four'), text).toEqual({ state: 'none' })
  }
  write('{ "findings": [] }')
  expect(await audits.of('four')).toEqual({ state: 'done', value: { findings: [] } })
  rmSync(store, { recursive: true })
})

test('two tasks run at once, a third is refused; a stopped one leaves room and no result', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-audits-'))
  const audits = new KeptTasks<DataAudit>({ folder, env: {}, field: 'findings' })
  const task = { kind: 'audit', data: { type: 'images', path: join(folder, 'none') } } as const
  await Promise.all([audits.start('one', task), audits.start('two', task)])
  await expect(audits.start('three', task)).rejects.toThrow('2 tasks of this kind are running already')
  expect(await audits.of('three')).toEqual({ state: 'none' })
  audits.stop('one')
  await audits.start('three', task)
  for (const key of ['one', 'two', 'three']) audits.stop(key)
  await expect
    .poll(async () => [await audits.of('one'), await audits.of('two'), await audits.of('three')], {
      timeout: 20_000,
    })
    .toEqual(Array(3).fill({ state: 'none' }))
  rmSync(folder, { recursive: true })
})
