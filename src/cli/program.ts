import type { Command as Commander } from 'commander'
import { UsageError } from '../base/errors.ts'
import { ownVersion } from '../base/version.ts'
import {
  type Command,
  declare,
  descriptionOf,
  examplesText,
  type NamedCommand,
  newProgram,
} from './command.ts'

type Loader = () => Promise<{ readonly default: Command }>

/** Every command, as help groups them. Its code is loaded when it is needed: `heddle run` needs only its own. */
const groups: Readonly<Record<string, Readonly<Record<string, Loader>>>> = {
  Train: {
    run: () => import('./commands/run.ts'),
    train: () => import('./commands/train.ts'),
    resume: () => import('./commands/resume.ts'),
    repeat: () => import('./commands/repeat.ts'),
    summary: () => import('./commands/summary.ts'),
    doctor: () => import('./commands/doctor.ts'),
  },
  Search: {
    search: () => import('./commands/search.ts'),
    'search show': () => import('./commands/search-show.ts'),
    'search best': () => import('./commands/search-best.ts'),
    'search importance': () => import('./commands/search-importance.ts'),
    'search export': () => import('./commands/search-export.ts'),
    'search ls': () => import('./commands/search-ls.ts'),
    'search rm': () => import('./commands/search-rm.ts'),
    worker: () => import('./commands/worker.ts'),
  },
  Understand: {
    evaluate: () => import('./commands/evaluate.ts'),
    compare: () => import('./commands/compare.ts'),
    predict: () => import('./commands/predict.ts'),
    explain: () => import('./commands/explain.ts'),
    figures: () => import('./commands/figures.ts'),
    report: () => import('./commands/report.ts'),
  },
  'Models of other programs': {
    import: () => import('./commands/import.ts'),
    export: () => import('./commands/export.ts'),
  },
  Serve: {
    serve: () => import('./commands/serve.ts'),
  },
  Data: {
    'data get': () => import('./commands/data-get.ts'),
    'data show': () => import('./commands/data-show.ts'),
    'data audit': () => import('./commands/data-audit.ts'),
    'data cache': () => import('./commands/data-cache.ts'),
    'data augment': () => import('./commands/data-augment.ts'),
  },
  'Recorded runs': {
    'runs ls': () => import('./commands/runs-ls.ts'),
    'runs show': () => import('./commands/runs-show.ts'),
    'runs diff': () => import('./commands/runs-diff.ts'),
    'runs tag': () => import('./commands/runs-tag.ts'),
    'runs note': () => import('./commands/runs-note.ts'),
    'runs rename': () => import('./commands/runs-rename.ts'),
    'runs archive': () => import('./commands/runs-archive.ts'),
    'runs rm': () => import('./commands/runs-rm.ts'),
    'runs gc': () => import('./commands/runs-gc.ts'),
    'runs export': () => import('./commands/runs-export.ts'),
    'runs import': () => import('./commands/runs-import.ts'),
  },
  'Studio and other': {
    studio: () => import('./commands/studio.ts'),
    bench: () => import('./commands/bench.ts'),
    'build-engine': () => import('./commands/build-engine.ts'),
    completion: async () => ({
      default: (await import('./commands/completion.ts')).completion(() => commandsFor([])),
    }),
  },
}

/** What the commands whose names begin with the same word are about. */
const families: Readonly<Record<string, string>> = {
  data: 'get, show, audit and augment datasets, and see what is kept of them',
  runs: 'list, show, tag, export and remove recorded runs',
  search: 'search for better hyper-parameters, and look at searches',
}

/**
 * The command that the typed words name, loaded; all of them, in the order of help, if the words name none. A command such as `search`
 * comes with those of its family, such as `search show`.
 */
export async function commandsFor(words: readonly string[]): Promise<readonly NamedCommand[]> {
  const all = Object.entries(groups).flatMap(([group, loaders]) =>
    Object.entries(loaders).map(([name, load]) => ({ group, name, load })),
  )
  const typed = words.filter(word => !word.startsWith('-')).join(' ')
  // The longest, which is the last: its options must not be taken for those of `search`.
  const named = all.filter(({ name }) => `${typed} `.startsWith(`${name} `)).at(-1)
  const isWanted = ({ name }: (typeof all)[number]): boolean =>
    named === undefined || `${name} `.startsWith(`${named.name} `)
  const loaded: NamedCommand[] = []
  for (const { group, name, load } of all.filter(isWanted))
    loaded.push({ group, name, command: (await load()).default })
  return loaded
}

/** The command line, as commander knows it: with the command that the typed words name, or all of them. */
export async function createProgram(words: readonly string[] = []): Promise<Commander> {
  const program = newProgram('heddle')
    .description('Define, train, compare and understand image classifiers.')
    .usage('<command> [options]')
    .version(ownVersion(), '-v, --version', 'print the version')
    .commandsGroup('Studio and other:')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'before',
      examplesText([
        ['heddle run basic-vs-standard', 'train the two networks of an experiment that comes with Heddle'],
        ['heddle run photos', 'train a network for your own photos: a folder for each class'],
        ['heddle evaluate last', 'how good the newest run is, and where it fails'],
        ['heddle compare basic-vs-standard', 'which of its networks is better, and how sure that is'],
        ['heddle studio', 'train, watch and compare in the browser'],
      ]),
    )
    .addHelpText('after', '\n"heddle run --help" explains a command, with examples first.')
  if (/^(-v|--version)$/.test(words[0] ?? '')) return program
  if (words[0] === 'reproduce')
    throw new UsageError(`unknown command 'reproduce'\n(In a checkout of Heddle: npm run reproduce)`)
  // The worker of the studio: people have the other commands.
  if (words[0] === 'task') {
    declare(program.command('task'), (await import('./commands/task.ts')).default)
    return program
  }
  const commands = await commandsFor(words)
  const parents = new Map<string, Commander>()
  for (const { group, name, command } of commands) {
    const [first, second] = name.split(' ') as [string, string?]
    if (second === undefined) {
      parents.set(name, declare(program.command(name), command).helpGroup(`${group}:`))
    } else {
      const parent = parents.get(first) ?? addFamily(program, first, commands).helpGroup(`${group}:`)
      parents.set(first, parent)
      declare(parent.command(second), command)
    }
  }
  return program
}

/** Its help begins with the first example of each of its commands. */
function addFamily(program: Commander, family: string, commands: readonly NamedCommand[]): Commander {
  const examples = commands
    .filter(({ name }) => name.startsWith(`${family} `))
    .map(({ command }) => command.examples[0]!)
  return program
    .command(family)
    .summary(families[family]!)
    .description(descriptionOf({ summary: families[family]! }))
    .usage('<command> [options]')
    .addHelpText('before', examplesText(examples))
}
