import { otherProcess, type Runtime } from './runtime.ts'

const python = process.env.HEDDLE_PYTHON ? [process.env.HEDDLE_PYTHON] : ['python3', 'python']

const keras = otherProcess({
  looksFor: `keras, with tensorflow, torch or jax, in ${python[0]}`,
  install: 'pip install keras torch',
  command: python,
  script: 'with-keras.py',
})

const onnxNode = otherProcess({
  looksFor: 'onnxruntime-node and onnxruntime-web in node_modules of this folder',
  install: 'npm install onnxruntime-node',
  command: [process.execPath],
  script: 'with-onnxruntime.mjs',
})

const onnxPython = otherProcess({
  looksFor: `onnxruntime in ${python[0]}`,
  install: 'pip install onnxruntime',
  command: python,
  script: 'with-onnxruntime.py',
})

const tfjs = otherProcess({
  looksFor: '@tensorflow/tfjs in node_modules of this folder',
  install: 'npm install @tensorflow/tfjs',
  command: [process.execPath],
  script: 'with-tfjs.mjs',
})

/** The programs that run each kind of file. The first one that is installed is asked. */
export const runtimes: Readonly<Record<string, readonly Runtime[]>> = {
  keras: [keras],
  h5: [keras],
  onnx: [onnxNode, onnxPython],
  tfjs: [tfjs],
}
