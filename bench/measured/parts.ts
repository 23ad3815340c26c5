import { execFileSync } from 'node:child_process'
import { thisMachine } from '../../src/base/machine.ts'

/** What a result file may say of itself. */
export interface Described {
  readonly date?: string | undefined
  readonly commit?: string | undefined
  readonly machine?: {
    readonly cpu: string
    readonly cores?: number
    readonly threads?: number
    readonly platform?: string
    readonly os?: string
    readonly arch?: string
    readonly node: string
  }
}

/** What a result that is measured now says of itself. */
export function thisBuild() {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: thisMachine(),
  } satisfies Described
}

/** A table of Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n')
}

/** Where the numbers of a table come from. */
export function origin(file: string, { date, commit, machine }: Described, command: string): string {
  return [
    `- File: [${file}](../bench/results/${file})`,
    `- Date: ${date ?? 'not recorded'}`,
    `- Machine: ${machine ? machineText(machine) : 'not recorded'}`,
    `- Build: ${commit ?? 'not recorded'}`,
    `- Again: \`${command}\``,
  ].join('\n')
}

export function machineText({
  cpu,
  cores,
  platform,
  os,
  arch,
  node,
}: NonNullable<Described['machine']>): string {
  const system = [platform ?? os, arch].filter(part => part !== undefined).join(' ')
  return [cpu, cores && `${cores} cores`, system, `Node ${node}`].filter(Boolean).join(', ')
}

export const seconds = (value: number): string => (value < 1 ? value.toFixed(2) : value.toFixed(1))
export const cost = (ms: number): string => ms.toFixed(0)
export const ratio = (value: number): string => value.toFixed(2)

/** `9`, or `3 to 9`. */
export function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low === high ? `${low}` : `${low} to ${high}`
}
