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
  const folder = mkdtempSync(join(tmpdir(), 'heddle-docs-'))
  const config = join(folder, 'tsconfig.json')
  const file = join(root, entry)
  const compilerOptions = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')], noEmit: true }
  const project = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files: [file] }
  writeFileSync(config, JSON.stringify(project))
  const api = new API({ cwd: root })
  try {
    const { checker, program } = api.updateSnapshot({ openProject: config }).getProjects()[0]!
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
    const docs = exported.map(symbol => {
      const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const type = target.flags & SymbolFlags.Function ? checker.getTypeOfSymbol(target) : undefined
      const [signature] = type ? checker.getSignaturesOfType(type, SignatureKind.Call) : []
      const options = signature?.getParameters().find(({ name }) => name === 'options')
      return [symbol.name, options ? docsOf(checker.getTypeOfSymbol(options)!, checker) : null] as const
    })
    return Object.fromEntries(docs.filter((entry): entry is [string, OptionDocs] => entry[1] !== null))
  } finally {
    api.close()
    rmSync(folder, { recursive: true })
  }
}

function docsOf(type: Type, checker: Checker): OptionDocs {
  const members = type.flags & TypeFlags.Union ? (type as UnionType).getTypes() : [type]
  const properties = members.flatMap(member => checker.getPropertiesOfType(member))
  return Object.fromEntries(properties.map(one => [one.name, one.getDocumentationComment(checker)]))
}
