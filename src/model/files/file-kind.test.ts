import { expect, test } from 'vitest'
import { fileKind } from './file-kind.ts'
import { decodeSafetensors } from './safetensors-format.ts'

const latin = (text: string) => Uint8Array.from([...text, ...'\0'.repeat(32)], c => c.charCodeAt(0))

test.each([
  ['\u0089HDF\r\n\u001a\n', 'an HDF5 file, as Keras writes'],
  ['PK\u0003\u0004xxxxxxxxmetadata.json', 'a Keras model (.keras)'],
  ['PK\u0003\u0004xxxxxxxxarchive/data.pkl', 'a PyTorch file'],
  ['\u0080\u0002}q\u0000', 'a Python pickle'],
  ['\u0008\u0008\u0012\u0007pytorch', 'an ONNX model'],
  ['\u0089PNG\r\n\u001a\n', 'a picture'],
  ['\u00ff\u00d8\u00ff\u00e0', 'a picture'],
  ['\u001c\0\0\0TFL3', 'a TensorFlow Lite model'],
])('%j is named by what is in it', (start, kind) => {
  expect(fileKind(latin(start))).toContain(kind)
  expect(() => decodeSafetensors(latin(start), 'm.bin')).toThrow(
    `m.bin is not a model of Heddle: it looks like ${kind}`,
  )
})

test('a program is text; bytes of no known kind are not guessed at', () => {
  expect(fileKind(Buffer.from("import { dense } from 'heddle'\n"))).toBe('a text file')
  expect(fileKind(Buffer.from('Schuhgröße'))).toBe('a text file')
  expect(fileKind(Buffer.from('größe').subarray(0, 3))).toBe('a text file')
  expect(fileKind(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 123, 125))).toBe(null)
  expect(fileKind(Uint8Array.of(3, 200, 0, 7, 1, 2, 3, 4, 5))).toBe(null)
})
