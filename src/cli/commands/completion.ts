import { oneOf } from '../../base/schema.ts'
import { argument, type Command, command, type NamedCommand } from '../command.ts'
import { completionScript, shells } from '../completion.ts'

/** The command over all `commands`. */
export function completion(commands: () => Promise<readonly NamedCommand[]>): Command {
  return command({
    summary: 'complete commands and options in your shell',
    args: { shell: argument(shells.join(', ')) },
    examples: [
      ['source <(heddle completion bash)', 'for this terminal; in ~/.bashrc for all of them'],
      ['source <(heddle completion zsh)', 'the same for zsh, in ~/.zshrc after compinit'],
      ['heddle completion fish | source', 'the same for fish, in ~/.config/fish/config.fish'],
    ],
    async run({ shell }, { terminal }) {
      terminal.print(completionScript(oneOf(shells).parse(shell, 'The shell'), await commands()))
    },
  })
}
