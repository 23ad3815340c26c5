import { Segmented } from './segmented.tsx'
import { chooseTheme, useTheme } from './theme.ts'

const themes = { system: 'System', light: 'Light', dark: 'Dark' } as const

export function ThemeSwitch() {
  return <Segmented label="Theme" of={themes} value={useTheme()} onChange={chooseTheme} />
}
