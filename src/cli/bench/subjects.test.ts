import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { findSubjects } from './subjects.ts'

const names = async (...wanted: string[]): Promise<string[]> => {
  const found = await findSubjects(wanted, { cwd: tmpdir(), onNotice: message => expect.fail(message) })
  return found.map(({ name }) => name)
}

test('the reports are found from anywhere, by their numbers and those of their models', async () => {
  expect(await names('002')).toEqual(['basic-vs-standard/basic', 'basic-vs-standard/standard'])
  expect(await names('003/2', '000/model-5', '004', '002/standard')).toEqual([
    'three-class/model-2',
    'conv1d-eight/model-5',
    'three-conv/reported',
    'basic-vs-standard/standard',
  ])
  expect(await names('reports')).toHaveLength(22)
  await expect(names('003/7')).rejects.toThrow(UsageError)
})
