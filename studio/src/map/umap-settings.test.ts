import { expect, test } from 'vitest'
import { usualUmap } from '../../../src/protocol/explanations.ts'
import { umapQuery, umapSettingsOf } from './umap-settings.ts'

test('an address has the settings that are not usual, and what is no sound number is usual', () => {
  const read = (text: string) => umapSettingsOf(new URLSearchParams(text))
  expect(read('')).toEqual(usualUmap)
  expect(read('neighbors=30&minDist=0.5&seed=0')).toEqual({ neighbors: 30, minDist: 0.5, seed: 0 })
  for (const bad of ['neighbors=1', 'neighbors=2.5', 'neighbors=', 'seed=-1', 'minDist=two', 'minDist=1.1'])
    expect(read(bad)).toEqual(usualUmap)
  const chosen = { ...usualUmap, minDist: 0, seed: 7 }
  expect(umapQuery(chosen)).toBe('&minDist=0&seed=7')
  expect(read(umapQuery(chosen))).toEqual(chosen)
})
