import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
// The page of exports stands alone: it has no views.
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  file => file.endsWith('.css') && !file.startsWith('web-page'),
)
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/\/\*.*?\*\//gs, '')
const tokens = textOf('design/tokens.css')

test('every style sheet names the layers in their order, and has nothing outside of them', () => {
  const guilty = files.filter(file => {
    const text = textOf(file).trim()
    const outside = text.match(/^(?!@layer |@keyframes |@media print |:root|@media |\}| )\S.*$/gm)
    return !text.startsWith('@layer base, common, parts, views;') || outside !== null
  })
  expect(guilty).toEqual([])
})

test('colours stand in the tokens alone', () => {
  const guilty = files
    .filter(file => file !== 'design/tokens.css')
    // Black is what pictures and videos stand on.
    .flatMap(
      file =>
        textOf(file)
          .match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsl\(|\boklch\(/gi)
          ?.map(color => `${file}: ${color}`) ?? [],
    )
    .filter(found => !found.endsWith('#000'))
  expect(guilty).toEqual([])
})

test('every variable that is used is a token, or is set by the part that uses it', () => {
  const own = ['--columns', '--image-ratio', '--axes', '--tile', '--card', '--chart', '--heat']
  const used = files.flatMap(file => textOf(file).match(/(?<=var\()--[\w-]+/g) ?? [])
  const unknown = [...new Set(used)].filter(name => !tokens.includes(`${name}:`) && !own.includes(name))
  expect(unknown).toEqual([])
})

test('no view has a class that the style sheet of another one begins a rule with: a sheet stays once it is loaded', () => {
  const scripts = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.tsx'),
  )
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  const views = scripts.filter(file => dirname(file) === 'views')
  /** The folders whose style sheets a view loads. */
  const loaded = new Map(
    views.map(view => [
      view,
      [...read(view).matchAll(/^import '\.\.\/([\w-]+)\/.*\.css'/gm)].map(([, folder]) => folder!),
    ]),
  )
  const folders = new Set([...loaded.values()].flat())
  const ownersOf = (name: string): readonly string[] =>
    [...folders].filter(folder =>
      files.some(
        file => dirname(file) === folder && new RegExp(`^  \\.${name}[ ,:]`, 'm').test(textOf(file)),
      ),
    )
  const guilty = scripts.flatMap(file => {
    const folder = dirname(file)
    const near = loaded.get(file) ?? [...loaded.values()].filter(one => one.includes(folder)).flat()
    if (near.length === 0) return []
    const names = [...read(file).matchAll(/className="([^"]+)"/g)].flatMap(([, text]) => text!.split(' '))
    return names
      .filter(name => ownersOf(name).some(owner => !near.includes(owner)))
      .map(name => `${file}: ${name}, of ${ownersOf(name).join(' and ')}`)
  })
  expect(guilty).toEqual([])
})

test('sizes of text are tokens, and so are distances beyond those within a control', () => {
  const guilty = files.flatMap(file =>
    (textOf(file).match(/(?<=[\s;{])(font-size|gap|padding|margin)[\w-]*: [^;]+;/g) ?? [])
      .filter(rule => (rule.startsWith('font') ? /\d(px|rem|em)/ : /(?<![\w.])([7-9]|\d{2,})px/).test(rule))
      .map(rule => `${file}: ${rule}`),
  )
  expect(guilty).toEqual([])
})
