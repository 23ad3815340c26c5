import { Command as Commander, Argument as CommanderArgument, Option as CommanderOption } from 'commander'
import { visible } from '../base/visible.ts'
import { failureOf } from '../protocol/failure.ts'
import { toJson } from '../protocol/json.ts'
import { helpOf, type Options, type Origins, readOptions, usageOf, type ValuesOf } from './option.ts'
import { Terminal } from './terminal.ts'

// What commands declare their options with.
export { listOf, type Origins, off, on, option, readOptions, type ValuesOf } from './option.ts'

/** A word, or several, that a command works on. */
export interface Argument<T extends string | readonly string[]> {
  readonly help: string
  /** As usage shows its name: `<run>`, `[dataset]`, `<runs...>`, `[images...]`. */
  readonly usage: (name: string) => string
  readonly fallback?: T
}

export type Arguments = Readonly<Record<string, Argument<string | readonly string[]>>>

export function argument(help: string): Argument<string> {
  return { help, usage: name => `<${name}>` }
}

/** One that can be left out. */
export function argumentOr(fallback: string, help: string): Argument<string> {
  return { help, usage: name => `[${name}]`, fallback }
}

export function oneOrMore(help: string): Argument<readonly string[]> {
  return { help, usage: name => `<${name}...>` }
}

export function anyNumber(help: string): Argument<readonly string[]> {
  return { help, usage: name => `[${name}...]` }
}

type WordsOf<A extends Arguments> = { readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never }

/** What a command gets besides what was typed. */
export interface Context {
  readonly terminal: Terminal
  /** Where the options that you gave came from. */
  readonly origins: Origins
}

interface Declaration<A extends Arguments, O extends Options> {
  /** One line for the list of commands. */
  readonly summary: string
  /** More than fits into the summary, at the head of its own help. */
  readonly description?: string
  readonly aliases?: readonly string[]
  readonly args?: A
  readonly options?: O
  /** What its help begins with: commands, and what each does. */
  readonly examples: readonly (readonly [command: string, what: string])[]
  /** What its help ends with. */
  readonly notes?: string
  readonly run: (given: WordsOf<A> & ValuesOf<O>, context: Context) => void | Promise<void>
}

type Unset = Record<never, never>

/** A command as a value, of which only `run` knows its types. */
export interface Command extends Omit<Declaration<Arguments, Options>, 'run' | 'args' | 'options'> {
  readonly args: Arguments
  readonly options: Options
  readonly run: (given: never, context: Context) => void | Promise<void>
}

/** A command with its group and its name, such as `data show`. */
export interface NamedCommand {
  readonly group: string
  readonly name: string
  readonly command: Command
}

/**
 * Declares a command. The type of what `run` is given follows from `args` and `options`; so do parsing, help, documentation and
 * shell completion.
 */
export function command<A extends Arguments = Unset, O extends Options = Unset>(
  declaration: Declaration<A, O>,
): Command {
  const { args = {}, options = {}, ...rest } = declaration
  return { ...rest, args, options }
}

/** A program without commands. What it sets holds for the commands that are added to it. */
export function newProgram(name: string): Commander {
  return new Commander(name)
    .option('--no-color', 'plain text (as NO_COLOR=1 and TERM=dumb do)')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .showHelpAfterError('Add --help for examples and all options.')
    .configureOutput({ outputError: (text, write) => write(visible(text.replace(/^error: /, 'heddle: '))) })
    .configureHelp({ showGlobalOptions: true, subcommandTerm })
}

/** `run <experiment>`, without the "[options]" that all of them have. */
function subcommandTerm(command: Commander): string {
  const words = command.registeredArguments.map(argument => {
    const word = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${word}>` : `[${word}]`
  })
  return [[command.name(), ...command.aliases()].join('|'), ...words].join(' ')
}

/** Makes commander parse and explain what a command declares. */
export function declare(added: Commander, declared: Command): Commander {
  const { summary, aliases = [], args, options, examples, notes } = declared
  added.summary(summary).description(descriptionOf(declared)).aliases(aliases)
  for (const [key, { help, usage, fallback }] of Object.entries(args)) {
    const argument = new CommanderArgument(usage(key), help)
    // Commander itself makes an empty list of words that are left out.
    added.addArgument(typeof fallback === 'string' ? argument.default(fallback, fallback) : argument)
  }
  for (const [key, each] of Object.entries(options)) {
    const option = new CommanderOption(usageOf(key, each), helpOf(each))
    if (each.field.form.type === 'list')
      option.argParser((text, before: readonly string[] = []) => [...before, text])
    added.addOption(option.hideHelp(each.isHidden === true))
  }
  added.addHelpText('before', examplesText(examples))
  if (notes) added.addHelpText('after', `\n${notes}`)
  return added.action(async (...all) => {
    const words = Object.fromEntries(Object.keys(args).map((key, i) => [key, all[i]]))
    // A variable of a script that is not set arrives as an empty word.
    const missing = added.registeredArguments.find(
      ({ required }, i) => required && [all[i]].flat().includes(''),
    )
    if (missing) added.error(`error: missing required argument '${missing.name()}'`)
    const terminal = terminalOf(added)
    try {
      const { values, origins } = readOptions(options, added.opts(), process.env)
      await declared.run({ ...words, ...values } as never, { terminal, origins })
    } catch (thrown) {
      const error = failureOf(thrown)
      // For the program that reads stdout; people read stderr. One that was stopped is not read any more.
      if (added.opts().json && !terminal.hasPrinted && error.kind !== 'interrupted')
        terminal.print(toJson({ error }))
      throw thrown
    }
  })
}

/** What a command does, in sentences. */
export function descriptionOf({ summary, description }: Pick<Command, 'summary' | 'description'>): string {
  return description ?? `${summary[0]!.toUpperCase()}${summary.slice(1)}.`
}

/** Examples as help begins with them. */
export function examplesText(examples: Command['examples']): string {
  const width = Math.max(...examples.map(([line]) => line.length))
  return `Examples:\n${examples.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`).join('\n')}\n`
}

/** The process' own, in the colours that the options ask for. */
function terminalOf(added: Commander): Terminal {
  const { color } = added.optsWithGlobals<{ color: boolean }>()
  return new Terminal({ stdout: process.stdout, stderr: process.stderr, env: process.env, color })
}
/** Something that a user wanted to be so is not: the command line says what, and exits with code 3. */
export class GateNotMet extends Error {
  override name = 'GateNotMet'
}
