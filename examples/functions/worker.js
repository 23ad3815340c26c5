import { createPredictor, decodeModel, decodePng, HeddleError, wasmBackend } from 'heddle/browser'
import engine from 'heddle/heddle.wasm'
import model from './model.safetensors'

const network = decodeModel(new Uint8Array(model), { backend: wasmBackend(engine) })
const predictor = createPredictor(network)

export default {
  async fetch(request) {
    try {
      const picture = await decodePng(new Uint8Array(await request.arrayBuffer()))
      const { className, probability } = await predictor.predictPicture(picture)
      return Response.json({ className, probability })
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error
      return Response.json({ error: error.message }, { status: 400 })
    }
  },
}
