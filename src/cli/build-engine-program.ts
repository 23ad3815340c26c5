import type { Command } from 'commander'
import { examples } from './examples.ts'

export function addBuildEngine(program: Command): void {
  program
    .command('build-engine')
    .description('compile the native engine for this machine (needs a C++17 compiler)')
    .option('--force', 'compile it again, also where it is up to date')
    .addHelpText(
      'before',
      examples([
        ['npx heddle build-engine', 'after "npm install heddle": several times faster than WebAssembly'],
      ]),
    )
    .action(async (flags: { readonly force?: boolean }) => {
      const { buildEngine } = await import('./commands/build-engine.ts')
      buildEngine(flags)
    })
}
