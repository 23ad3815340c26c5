import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  API,
  type Checker,
  SignatureKind,
  SymbolFlags,
  type Type,
  TypeFlags,
  type UnionType,
} from 'typescript/unstable/sync'

const root = fileURLToPath(new URL('..', import.meta.url))

/** By option, what an editor shows of it. */
export type OptionDocs = Readonly<Record<string, string>>

/**
 * What TypeScript's language service knows of the options of every exported function, by the function's name. `entry` is
 * `src/index.ts`, or `dist/index.d.ts`: what a consumer of the package sees.
 */
export function optionDocs(entry: string): Readonly<Record<string, OptionDocs>> {
  return ofExports([entry], ({ exported, checker }) => {
    const docs = exported[0]!.map(symbol => {
      const type =
        symbol.target.flags & SymbolFlags.Function ? checker.getTypeOfSymbol(symbol.target) : undefined
      return [symbol.name, type ? optionsOf(type, checker) : null] as const
    })
    return Object.fromEntries(docs.filter((entry): entry is [string, OptionDocs] => entry[1] !== null))
  })
}

/** A name that an entry exports, and what stands behind it. */
export interface Exported {
  readonly name: string
  readonly target: ReturnType<Checker['getAliasedSymbol']>
}

/** What `read` makes of the exports of some entries, in their order. */
export function ofExports<T>(
  entries: readonly string[],
  read: (program: { readonly exported: readonly (readonly Exported[])[]; readonly checker: Checker }) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-docs-'))
  const config = join(folder, 'tsconfig.json')
  const files = entries.map(entry => join(root, entry))
  const compilerOptions = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')], noEmit: true }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }
  writeFileSync(config, JSON.stringify(project))
  const api = new API({ cwd: root })
  try {
    const { checker, program } = api.updateSnapshot({ openProject: config }).getProjects()[0]!
    const exported = files.map(file =>
      checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!).map(symbol => ({
        name: symbol.name,
        target: symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      })),
    )
    return read({ exported, checker })
  } finally {
    api.close()
    rmSync(folder, { recursive: true })
  }
}

/** The options of a function's parameter `options`, if it has one. */
export function optionsOf(type: Type, checker: Checker): OptionDocs | null {
  const [signature] = checker.getSignaturesOfType(type, SignatureKind.Call)
  const options = signature?.getParameters().find(({ name }) => name === 'options')
  return options ? docsOf(checker.getTypeOfSymbol(options)!, checker) : null
}

function docsOf(type: Type, checker: Checker): OptionDocs {
  const members = type.flags & TypeFlags.Union ? (type as UnionType).getTypes() : [type]
  const properties = members.flatMap(member => checker.getPropertiesOfType(member))
  return Object.fromEntries(properties.map(one => [one.name, one.getDocumentationComment(checker)]))
}
