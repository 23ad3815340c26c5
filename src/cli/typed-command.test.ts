import { expect, test } from 'vitest'
import { resumeCommand } from './typed-command.ts'

/** `--seed`, or `--seeds` in its place. */
const typed = { seed: 'flag' } as const

test('the command that goes on: quoted, once with --resume, with what variables said', () => {
  expect(resumeCommand(['run', 'my model.ts', '--seeds', '3'], {}, typed)).toBe(
    "heddle run 'my model.ts' --seeds 3 --resume",
  )
  expect(resumeCommand(['run', 'a.ts', '--resume', '--seed=2'], { HEDDLE_SEED: '5' }, typed)).toBe(
    'heddle run a.ts --seed=2 --resume',
  )
  const set = { HEDDLE_EPOCHS: '4', HEDDLE_SEED: '5' }
  expect(resumeCommand(['run', "it's.ts", '--seeds', '2'], set, { ...typed, epochs: 'environment' })).toBe(
    "heddle run 'it'\\''s.ts' --seeds 2 --epochs 4 --resume",
  )
  // A command may have no such options.
  expect(resumeCommand(['train', 'photos'], set, {})).toBe('heddle train photos --resume')
})
