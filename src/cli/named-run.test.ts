import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runName } from './named-run.ts'

test('a file where a run is expected is called what it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-named-run-'))
  try {
    writeFileSync(join(folder, 'net.h5'), Buffer.from('\x89HDF\r\n\x1a\n0000', 'latin1'))
    writeFileSync(join(folder, 'net.safetensors'), Buffer.from('\b\0\0\0\0\0\0\0{}      ', 'latin1'))
    const named = (name: string) => expect(runName(join(folder, name))).rejects
    await named('net.h5').toThrow(
      'net.h5 is an HDF5 file, as Keras writes with the endings .h5 and .hdf5, and',
    )
    await named('net.h5').toThrow('"heddle import" makes a model file of models of Keras, ONNX')
    await named('net.safetensors').toThrow('net.safetensors is a file, and only runs of the store')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
