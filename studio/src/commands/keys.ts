/** A key as commands name it; `null`: a modifier alone, or one that is the browser's. */
export function keyOf({
  key,
  ctrlKey,
  metaKey,
  altKey,
}: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string | null {
  if (['Control', 'Meta', 'Alt', 'Shift', 'Dead'].includes(key) || altKey) return null
  return ctrlKey || metaKey ? `Mod+${key.toLowerCase()}` : key
}

interface WithKeys {
  readonly keys?: string
}

/** The command that keys which were typed one after the other stand for, and those that more may follow. */
export function matchOf<C extends WithKeys>(
  typed: readonly string[],
  commands: readonly C[],
): { readonly command: C | null; readonly rest: readonly string[] } {
  // "g j" is no command of two keys: "j" is then one by itself.
  for (let from = 0; from < typed.length; from++) {
    const text = typed.slice(from).join(' ')
    const command = commands.find(({ keys }) => keys === text)
    if (command) return { command, rest: [] }
    if (commands.some(({ keys }) => keys?.startsWith(`${text} `)))
      return { command: null, rest: typed.slice(from) }
  }
  return { command: null, rest: [] }
}

/** Keys as people read them. */
export function keyNames(keys: string, isMac: boolean): readonly string[] {
  return keys.split(' ').map(key => {
    if (!key.startsWith('Mod+')) return names[key] ?? key
    return `${isMac ? '⌘' : 'Ctrl'} ${key.slice(4).toUpperCase()}`
  })
}

const names: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}

/** Commands whose names have every word of a text, those that begin with it first. */
export function foundBy<T extends { readonly name: string }>(
  text: string,
  items: readonly T[],
): readonly T[] {
  const wanted = text.trim().toLowerCase()
  const words = wanted.split(/\s+/).filter(Boolean)
  const found = items.filter(({ name }) => words.every(word => name.toLowerCase().includes(word)))
  const rank = ({ name }: T): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1)
  return found.toSorted((a, b) => rank(a) - rank(b))
}
