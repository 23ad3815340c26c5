import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandsPage } from '../scripts/commands-page.ts'

test('docs/guide/commands.md is what the commands declare (if not: npx jiti scripts/commands-page.ts)', async () => {
  const text = readFileSync(new URL('../docs/guide/commands.md', import.meta.url), 'utf8')
  expect(await commandsPage()).toBe(text)
})
