import { expect, test } from 'vitest'
import { resumeCommand } from './typed-command.ts'

test('the command that goes on: quoted, once with --resume, with what variables said', () => {
  expect(resumeCommand(['run', 'my model.ts', '--seeds', '3'], {})).toBe(
    "heddle run 'my model.ts' --seeds 3 --resume",
  )
  expect(resumeCommand(['run', 'a.ts', '--resume', '--seed=2'], { HEDDLE_SEED: '5' })).toBe(
    'heddle run a.ts --seed=2 --resume',
  )
  expect(resumeCommand(['run', "it's.ts", '--seeds', '2'], { HEDDLE_EPOCHS: '4', HEDDLE_SEED: '5' })).toBe(
    "heddle run 'it'\\''s.ts' --seeds 2 --epochs 4 --resume",
  )
})
