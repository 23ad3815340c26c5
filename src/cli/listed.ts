/** An option that is a list: `a,b`, or given several times. */
export function listed(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map(name => name.trim())]
}
