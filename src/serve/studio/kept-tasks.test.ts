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
