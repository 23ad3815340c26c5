import { wasmThread } from '../../../src/browser.ts'

wasmThread(hear => addEventListener('message', ({ data }) => hear(data)))
