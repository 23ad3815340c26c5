const ZIP = 'PK\u0003\u0004'

/** The first bytes of files in Latin-1, a text that they contain later, and their kind. */
const beginnings: readonly (readonly [start: string, holds: string, kind: string])[] = [
  ['\u0089HDF\r\n', '', 'an HDF5 file, as Keras writes with the endings .h5 and .hdf5'],
  [ZIP, 'config.json', 'a Keras model (.keras)'],
  [ZIP, 'metadata.json', 'a Keras model (.keras)'],
  [ZIP, 'data.pkl', 'a PyTorch file (.pt, .pth)'],
  [ZIP, '.npy', 'a NumPy archive (.npz)'],
  [ZIP, '', 'a ZIP archive, as Keras (.keras) and PyTorch (.pt) write'],
  ['\u0080', '', 'a Python pickle, as older PyTorch and scikit-learn write'],
  ['\u0093NUMPY', '', 'a NumPy array (.npy)'],
  ['', 'TFL3', 'a TensorFlow Lite model (.tflite)'],
  ['\u0089PNG', '', 'a picture'],
  ['\u00ff\u00d8\u00ff', '', 'a picture'],
  ['GIF8', '', 'a picture'],
  ['RIFF', 'WEBP', 'a picture'],
  ['SQLite format 3', '', 'a SQLite database'],
  ['\u001f\u008b', '', 'a gzip archive'],
  ['%PDF', '', 'a PDF'],
  ['{', '', 'a JSON file'],
  // A protobuf whose first field is a small number: the version of ONNX's format.
  ['\u0008', 'onnx', 'an ONNX model (.onnx)'],
  ['\u0008', 'pytorch', 'an ONNX model (.onnx)'],
  ['\u0008', '', 'a protobuf, as ONNX models are (.onnx)'],
]

/** The kind of a file, found from its first bytes; `null`: unknown. */
export function fileKind(bytes: Uint8Array): string | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 512))
  // The decoder of "latin1" is that of Windows-1252: these bytes are other characters there.
  const first = String.fromCharCode(...bytes.subarray(0, 16))
  const known = beginnings.find(([begins, holds]) => first.startsWith(begins) && start.includes(holds))
  if (known) return known[2]
  return bytes.length > 0 && isText(bytes) ? 'a text file' : null
}

/** UTF-8 without control characters. The first bytes of a file may end within a character. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return !/[^\P{Cc}\t\n\r]/u.test(text)
  } catch {
    return false
  }
}
