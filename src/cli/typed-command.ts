/** Variables that a run follows, by the flags that say the same. */
const variables = { HEDDLE_EPOCHS: '--epochs', HEDDLE_SEED: '--seed' } as const

/**
 * The command that goes on with what `args` began, to be copied into a shell. Settings from variables become flags: the next shell
 * may lack them.
 *
 * @example
 * resumeCommand(['run', 'my model.ts', '--seeds', '3'], {}) // "heddle run 'my model.ts' --seeds 3 --resume"
 */
export function resumeCommand(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const has = (flag: string): boolean => args.some(arg => arg === flag || arg.startsWith(`${flag}=`))
  const added = Object.entries(variables).flatMap(([name, flag]) =>
    env[name] && !has(flag) && !(flag === '--seed' && has('--seeds')) ? [flag, env[name]] : [],
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
