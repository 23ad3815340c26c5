import type { NamedCommand } from './command.ts'
import { choicesOf, helpOf, nameOf, type Option } from './option.ts'

export const shells = ['bash', 'zsh', 'fish'] as const

/** A script for a shell that completes every command, option and listed value; other words are completed as file names. */
export function completionScript(shell: (typeof shells)[number], commands: readonly NamedCommand[]): string {
  if (shell === 'fish') return fish(commands)
  const script = bash(commands)
  return shell === 'bash' ? script : `autoload -U +X bashcompinit && bashcompinit\n${script}`
}

const shown = ({ command }: NamedCommand): [key: string, option: Option<unknown>][] =>
  Object.entries(command.options).filter(([, { isHidden }]) => !isHidden)

/** The first words of commands, and those that follow each of them. */
function wordsOf(commands: readonly NamedCommand[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, readonly string[]>()
  for (const { name } of commands) {
    const [first, second] = name.split(' ')
    words.set(first!, [...(words.get(first!) ?? []), ...(second === undefined ? [] : [second])])
  }
  return words
}

function bash(commands: readonly NamedCommand[]): string {
  const words = wordsOf(commands)
  const families = [...words].filter(([, inner]) => inner.length > 0)
  const isCommand = (family: string): boolean => commands.some(({ name }) => name === family)
  const options = commands.map(each => {
    const names = shown(each).flatMap(([key, option]) => [
      nameOf(key, option),
      ...(option.short ? [`-${option.short}`] : []),
    ])
    return `    '${each.name}') options='${[...names, '--no-color', '--help'].join(' ')}' ;;`
  })
  const values = commands.flatMap(each =>
    shown(each)
      .filter(([, option]) => choicesOf(option).length > 0)
      .map(
        ([key, option]) =>
          `    '${each.name} ${nameOf(key, option)}') values='${choicesOf(option).join(' ')}' ;;`,
      ),
  )
  return `# Completion of heddle for bash, printed by: heddle completion bash
_heddle() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local name=\${COMP_WORDS[1]} options='' values=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${[...words.keys(), 'help', '--help', '--version', '--no-color'].join(' ')}' -- "$current"))
    return
  fi
  case "$name" in
${families.map(([family, inner]) => `    ${family}) [[ ' ${inner.join(' ')} ' == *" \${COMP_WORDS[2]} "* ]] && name="$name \${COMP_WORDS[2]}" ;;`).join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 2 ] && [[ "$current" != -* ]]; then
    case "\${COMP_WORDS[1]}" in
${families
  .map(([family, inner]) => {
    const files = isCommand(family) ? ' $(compgen -f -- "$current")' : ''
    return `      ${family}) COMPREPLY=($(compgen -W '${inner.join(' ')}' -- "$current")${files}); return ;;`
  })
  .join('\n')}
    esac
  fi
  case "$name $previous" in
${values.join('\n')}
  esac
  case "$name" in
${options.join('\n')}
  esac
  case "$current" in
    -*) values=$options ;;
  esac
  COMPREPLY=($(compgen -W "$values" -- "$current"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _heddle heddle`
}

function fish(commands: readonly NamedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  const words = wordsOf(commands)
  const inner = (family: string): string => words.get(family)!.join(' ')
  const lines = commands.flatMap(each => {
    const [first, second] = each.name.split(' ') as [string, string?]
    const seen = `__fish_seen_subcommand_from ${first}`
    const own = words.get(first)!.length > 0 ? `; and not __fish_seen_subcommand_from ${inner(first)}` : ''
    const [before, after] =
      second === undefined
        ? ['__fish_use_subcommand', `${seen}${own}`]
        : [
            `${seen}; and not __fish_seen_subcommand_from ${inner(first)}`,
            `${seen}; and __fish_seen_subcommand_from ${second}`,
          ]
    return [
      `complete -c heddle -n ${quoted(before)} -f -a ${second ?? first} -d ${quoted(each.command.summary)}`,
      ...shown(each).map(([key, option]) => {
        const choices = choicesOf(option)
        const value =
          option.value === undefined || option.bare !== undefined
            ? ''
            : choices.length > 0
              ? ` -x -a ${quoted(choices.join(' '))}`
              : ' -r'
        const short = option.short ? ` -s ${option.short}` : ''
        return `complete -c heddle -n ${quoted(after)} -l ${nameOf(key, option).slice(2)}${short}${value} -d ${quoted(helpOf(option))}`
      }),
    ]
  })
  const families = [...words.keys()].filter(first => !commands.some(({ name }) => name === first))
  return [
    '# Completion of heddle for fish, printed by: heddle completion fish',
    "complete -c heddle -l help -s h -d 'print help'",
    "complete -c heddle -l no-color -d 'plain text'",
    ...families.map(first => `complete -c heddle -n '__fish_use_subcommand' -f -a ${first}`),
    ...lines,
  ].join('\n')
}
