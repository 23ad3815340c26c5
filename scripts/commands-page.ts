/**
 * Writes docs/guide/commands.md, the reference of the command line, from the declarations of the commands.
 *
 *     npx jiti scripts/commands-page.ts
 */
import { writeFileSync } from 'node:fs'
import { descriptionOf, type NamedCommand } from '../src/cli/command.ts'
import { helpOf, usageOf } from '../src/cli/option.ts'
import { commandsFor } from '../src/cli/program.ts'

/** The text of docs/guide/commands.md. */
export async function commandsPage(): Promise<string> {
  const commands = await commandsFor([])
  const groups = [...new Set(commands.map(({ group }) => group))]
  return `# Commands

Every command with its arguments and options, as \`heddle <command> --help\` prints them. This page is made from the
declarations in \`src/cli/commands\` by \`npx jiti scripts/commands-page.ts\`; do not edit it by hand. What the commands are for, exit codes
and variables: [the command line](command-line.md).

${groups.map(group => `**${group}**: ${linksTo(commands.filter(one => one.group === group))}`).join('\n\n')}

Every command also takes \`--no-color\` (plain text, as \`NO_COLOR=1\` does) and \`-h, --help\`.

${commands.map(section).join('\n\n')}
`
}

function linksTo(commands: readonly NamedCommand[]): string {
  return commands.map(({ name }) => `[${name}](#heddle-${name.replaceAll(' ', '-')})`).join(' · ')
}

function section({ name, command }: NamedCommand): string {
  const { aliases = [], args, options, examples, notes } = command
  const usage = Object.entries(args).map(([key, one]) => one.usage(key))
  const rows = [
    ...Object.entries(args).map(([key, one]) => [one.usage(key), one.help]),
    ...Object.entries(options)
      .filter(([, { isHidden }]) => !isHidden)
      .map(([key, option]) => [usageOf(key, option), helpOf(option)]),
  ]
  const width = Math.max(...examples.map(([line]) => line.length))
  const also = aliases.map(alias => ` Also: \`heddle ${name.split(' ')[0]} ${alias}\`.`).join('')
  return [
    `## heddle ${name}`,
    `${descriptionOf(command)}${also}`,
    `\`\`\`sh\n${examples.map(([line, what]) => `${line.padEnd(width)}   # ${what}`).join('\n')}\n\`\`\``,
    ...(rows.length === 0
      ? []
      : [
          `| \`heddle ${[name, ...usage].join(' ')}\` | |\n|---|---|\n${rows
            .map(([term, help]) => `| \`${term}\` | ${help!.replaceAll(/[|<]/g, '\\$&')} |`)
            .join('\n')}`,
        ]),
    ...(notes ? [notes] : []),
  ].join('\n\n')
}

// As a program, not where the test imports it.
if (process.argv[1]?.endsWith('commands-page.ts')) {
  writeFileSync(new URL('../docs/guide/commands.md', import.meta.url), await commandsPage())
}
