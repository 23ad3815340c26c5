import type { Origins } from './option.ts'

/** Variables that a run follows, by the options that say the same. */
const variables = { epochs: 'HEDDLE_EPOCHS', seed: 'HEDDLE_SEED' } as const

/**
 * The command that goes on with what `args` began, to be copied into a shell. Settings from variables become flags: the next shell
 * may lack them.
 *
 * @example
 * resumeCommand(['run', 'my model.ts'], { HEDDLE_SEED: '3' }, { seed: 'environment' }) // "heddle run 'my model.ts' --seed 3 --resume"
 */
export function resumeCommand(args: readonly string[], env: NodeJS.ProcessEnv, origins: Origins): string {
  const added = Object.entries(variables).flatMap(([option, name]) =>
    origins[option] === 'environment' ? [`--${option}`, env[name]!] : [],
  )
  return commandLine([...args.filter(arg => arg !== '--resume'), ...added, '--resume'])
}

/** `heddle` with arguments, as a shell reads them. */
export function commandLine(args: readonly string[]): string {
  return ['heddle', ...args].map(quoted).join(' ')
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`
}
