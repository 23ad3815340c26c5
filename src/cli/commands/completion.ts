import { oneOf } from '../../base/schema.ts'
import { argument, command } from '../command.ts'
import { completionScript, shells } from '../completion.ts'

export default command({
  summary: 'complete commands and options in your shell',
  args: { shell: argument(shells.join(', ')) },
  examples: [
    ['source <(heddle completion bash)', 'for this terminal; in ~/.bashrc for all of them'],
    ['source <(heddle completion zsh)', 'the same for zsh, in ~/.zshrc after compinit'],
    ['heddle completion fish | source', 'the same for fish, in ~/.config/fish/config.fish'],
  ],
  async run({ shell }, { terminal }) {
    const { commandsFor } = await import('../program.ts')
    terminal.print(completionScript(oneOf(shells).parse(shell, 'The shell'), await commandsFor([])))
  },
})
