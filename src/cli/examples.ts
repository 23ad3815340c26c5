/** What a command's help begins with. */
export function examples(list: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...list.map(([command]) => command.length))
  return `Examples:\n${list.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`).join('\n')}\n`
}
