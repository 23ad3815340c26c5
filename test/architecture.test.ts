import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders of src/, the lowest first: a file may import from its own folder and from those before it. */
const order = [
  'base',
  'protocol',
  'ops',
  'nn',
  'data',
  'model',
  'engine',
  'network',
  'train',
  'insight',
  'store',
  'runs',
  'show',
  'tensorboard',
  'search',
  'testing',
  'serve',
  'cli',
]

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => file.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(file))

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(match =>
    normalize(join(dirname(file), match[1]!)),
  )

const placeOf = (file: string): number => {
  const folder = file.split('/')[1]!
  return folder.endsWith('.ts') ? order.length : order.indexOf(folder)
}

describe('imports point down', () => {
  test.each(sources('src'))('%s', file => {
    expect(placeOf(file), 'its folder has no place here').toBeGreaterThanOrEqual(0)
    for (const imported of importsOf(file))
      expect(placeOf(imported), imported).toBeLessThanOrEqual(placeOf(file))
  })
})

test('no file imports itself through others, types included', () => {
  const files = ['src', 'studio/src'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map(file => join(folder, file))
      .filter(file => /\.tsx?$/.test(file) && !/\.(test|contract)\.tsx?$/.test(file)),
  )
  const imports = new Map(files.map(file => [file, importsOf(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (path.includes(file) || done.has(file)) return
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

test('src/browser.ts imports nothing that a browser does not have', () => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(root, file), 'utf8')
    // Types vanish; a dynamic import is made where it is needed.
    const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)].map(
      match => match[1]!,
    )
    for (const imported of imports) {
      expect(imported, `in ${file}`).toMatch(/^\./)
      visit(normalize(join(dirname(file), imported)))
    }
  }
  visit('src/browser.ts')
  expect(seen).toContain('src/train/train.ts')
})

test('protocol knows no tensors: it imports the base only', () => {
  const outside = sources('src/protocol')
    .flatMap(importsOf)
    .filter(file => !/^src\/(protocol|base)\//.test(file))
  expect(outside).toEqual([])
})

test('what the studio takes of show imports the protocol and the base only', () => {
  const sections = ['comparison', 'evaluation', 'audit', 'study']
    .map(name => `src/show/${name}-section.ts`)
    .concat('src/show/document/prose.ts')
  const seen = new Set(sections)
  for (const file of seen)
    for (const imported of importsOf(file)) {
      expect(imported, file).toMatch(/^src\/(protocol|base|show)\//)
      if (imported.startsWith('src/show/')) seen.add(imported)
    }
  const taken = sources('studio/src')
    .concat(
      readdirSync(join(root, 'studio/src'), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.tsx'))
        .map(file => join('studio/src', file)),
    )
    .flatMap(importsOf)
    .filter(file => file.startsWith('src/show/'))
  expect(taken.filter(file => !sections.includes(file))).toEqual([])
  expect(taken.length).toBeGreaterThan(2)
})

test('store knows no tensors: it imports the protocol and the base only', () => {
  const outside = sources('src/store')
    .flatMap(importsOf)
    .filter(file => !/^src\/(store|protocol|base)\//.test(file))
  expect(outside).toEqual([])
})

test('reports use heddle as its users do: they import nothing of src/ or dist/', () => {
  const guilty = sources('reports/src').filter(file =>
    /['"](\.\.\/)+(src|dist)\//.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(guilty).toEqual([])
})

test('nothing in src/ asks for unseeded randomness or the time of day', () => {
  // When a run was made is a fact about it.
  const allowed = 'src/store/wall-clock.ts'
  const guilty = sources('src')
    .filter(file => file !== allowed)
    .filter(file => /Math\.random|Date\.now|new Date\(/.test(readFileSync(join(root, file), 'utf8')))
  expect(guilty).toEqual([])
})

test('only binding.cc includes Node-API', () => {
  const native = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' }).filter(file =>
    /\.(cc|h)$/.test(file),
  )
  const guilty = native.filter(file =>
    /#include <(napi|node_api)/.test(readFileSync(join(root, 'native', file), 'utf8')),
  )
  expect(guilty).toEqual(['binding.cc'])
})

test('no source file is longer than 400 lines', () => {
  const files = ['src', 'studio/src', 'reports/src', 'experiments', 'native'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map(file => join(folder, file))
      .filter(file => /\.(ts|tsx|css|cc|h)$/.test(file) && !/\.test\.tsx?$/.test(file)),
  )
  const long = files.filter(file => readFileSync(join(root, file), 'utf8').split('\n').length > 400)
  expect(long).toEqual([])
})
