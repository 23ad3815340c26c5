/** Names of an option that may be given more than once, each time with several: `a,b`. */
export function listed(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map(name => name.trim())]
}
