import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { measuredGuide, measuredPage, measuredReadme } from '../bench/measured.ts'

test.each([
  ['docs/measured.md', measuredPage],
  ['README.md', measuredReadme],
  ['docs/guide/recipes.md', measuredGuide],
])('%s is what the files in bench/results give (if not: npx jiti bench/measured.ts)', (path, made) => {
  const text = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
  expect(made()).toBe(text)
})
