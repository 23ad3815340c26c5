import { type Command, Option } from 'commander'
import type { StudioFlags } from './commands/studio.ts'
import { examples } from './examples.ts'
import { terminalOf } from './terminal-of.ts'

export function addStudio(program: Command): void {
  program
    .command('studio')
    .description('train, watch and compare in the browser')
    .option('--port <n>', 'where it listens; 0: any that is free (default: 4330)')
    .option('--host <address>', 'listen for other machines too, such as 0.0.0.0')
    .option('--token-file <file>', 'a token of your own, besides that of the printed address (HEDDLE_TOKEN)')
    .addOption(new Option('--token <text>').hideHelp())
    .option('--no-open', 'open no browser')
    .option('--store <folder>', 'the run store (HEDDLE_STORE; default: .heddle)')
    .option('--data-dir <folder>', "where the dataset's files are (HEDDLE_DATA)")
    .addHelpText(
      'before',
      examples([
        ['heddle studio', 'on this machine alone, in your browser'],
        ['heddle studio --store ~/all-runs --no-open', "another folder's runs; open the printed address"],
        ['heddle studio --host 0.0.0.0 --token-file token', 'for other machines that know the token'],
      ]),
    )
    .addHelpText(
      'after',
      `
The printed address carries a random token. Other users of this machine cannot open the studio without it.
The studio never runs code to look at a folder: experiments/*.json are read, experiments/*.ts are listed
and run only when you load one on the page "New run".`,
    )
    .action(async (flags: StudioFlags, command: Command) => {
      const { studio } = await import('./commands/studio.ts')
      await studio(flags, terminalOf(command))
    })
}
