import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { completionScript, shells } from './completion.ts'
import { nameOf } from './option.ts'
import { commandsFor } from './program.ts'

const commands = await commandsFor([])

test.each(shells)('%s: every command and every option that help shows is in the script', shell => {
  const script = completionScript(shell, commands)
  for (const { name, command } of commands) {
    for (const word of name.split(' ')) expect(script).toMatch(new RegExp(`\\b${word}\\b`))
    for (const [key, option] of Object.entries(command.options)) {
      const long = nameOf(key, option)
      const shown = shell === 'fish' ? `-l ${long.slice(2)} ` : `${long} `
      if (!option.isHidden) expect(script, name).toContain(shown)
    }
  }
  expect(script).not.toContain('--token ')
})

const bash = spawnSync('bash', ['--version']).status === 0

/** What bash offers where the last of the words is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const typed = words.map(word => `'${word}'`).join(' ')
  const program = `${completionScript('bash', commands)}
COMP_WORDS=(heddle ${typed}); COMP_CWORD=${words.length}; _heddle; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(line => line !== '')
}

test.skipIf(!bash).each<[words: readonly string[], expected: readonly string[]]>([
  [['ru'], ['run', 'runs']],
  [
    ['run', '--se'],
    ['--seed', '--seeds'],
  ],
  [
    ['run', 'my.ts', '--backend', ''],
    ['auto', 'native', 'wasm', 'reference'],
  ],
  [['bench', '--backend', 'w'], ['wasm']],
  [
    ['data', 'a'],
    ['audit', 'augment'],
  ],
  [
    ['data', 'audit', '--no-'],
    ['--no-labels', '--no-color'],
  ],
  [
    ['runs', 'ls', '--sort', 'testA'],
    ['testAccuracy', 'testAuc'],
  ],
  [
    ['run', 'completion.t'],
    ['completion.ts', 'completion.test.ts'],
  ],
  [
    ['run', 'my.ts', '--save', 'comm'],
    ['commands', 'command.ts'],
  ],
  [['run', 'nothing-like-this'], []],
])('bash: %j', (words, expected) => expect(offered(...words).toSorted()).toEqual(expected.toSorted()))
