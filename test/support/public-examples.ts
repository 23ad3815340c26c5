import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as analysis from '../../src/analysis.ts'
import * as explain from '../../src/explain.ts'
import * as heddle from '../../src/index.ts'
import * as store from '../../src/runs/index.ts'
import * as search from '../../src/search/index.ts'
import { teachingDocuments } from './documents.ts'

export interface Program {
  /** The name of a file for it. */
  readonly name: string
  readonly code: string
}

/**
 * The programs that a consumer reads, as modules to compile: those of README, docs/guide and docs/concepts, and the @example of every function
 * that `heddle` and its entries for programs export, with the imports that it needs.
 */
export function publicExamples(root: string): readonly Program[] {
  const programs = teachingDocuments()
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => language === 'ts')
    .map(({ where, code }) => ({ name: `${where.replaceAll(/\W+/g, '-')}.ts`, code: withoutNode(code) }))
  const documented = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap(file => examplesIn(readFileSync(join(root, 'src', file), 'utf8')))
  return [...programs, ...documented]
}

/** The entries of the package, with what each exports. */
const modules = Object.entries({
  heddle,
  'heddle/analysis': analysis,
  'heddle/explain': explain,
  'heddle/search': search,
  'heddle/store': store,
}).map(([module, exported]) => [module, Object.keys(exported)] as const)

/** What the tests give an example besides Heddle: a consumer imports these from Node. */
const fromNode = `declare const readFileSync: (path: string) => Uint8Array
declare const mkdtempSync: (path: string) => string
declare const tmpdir: () => string
declare const join: (...parts: string[]) => string
`

/** The types of Node are not installed where a consumer's programs are compiled. */
function withoutNode(code: string): string {
  const without = code.replaceAll(/^import .* from 'node:\w+'\n/gm, '')
  return without === code ? code : fromNode + without
}

function examplesIn(text: string): Program[] {
  const examples = text.matchAll(/@example\n((?: \*(?!\/).*\n)*) \*\/\nexport (?:async )?function (\w+)/g)
  return [...examples].flatMap(([, comment, name]) => {
    if (!modules.some(([, names]) => names.includes(name!))) return []
    const code = comment!.replaceAll(/^ \* ?/gm, '')
    const own = [...code.matchAll(/const (?:\{([^}]*)\}|\[([^\]]*)\]|(\w+)) =/g)]
      .flatMap(([, object, list, one]) => (object ?? list ?? one ?? '').split(','))
      .map(part => part.trim())
    const imports = modules.flatMap(([module, names]) => {
      // Behind a dot a name is a property; behind three it is spread.
      const used = names.filter(
        one => new RegExp(`(?<!(?<!\\.\\.)\\.|['\\w])${one}\\b`).test(code) && !own.includes(one),
      )
      return used.length > 0 ? [`import { ${used.join(', ')} } from '${module}'\n`] : []
    })
    return [
      {
        name: `${name}.ts`,
        code: `${imports.join('')}${fromNode}${code}export {}\n`,
      },
    ]
  })
}
