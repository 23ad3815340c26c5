import { createPredictor, decodePicture, HeddleError, loadModel } from 'heddle'

const predictor = createPredictor(await loadModel('model.safetensors'))

export async function POST(request) {
  try {
    const picture = await decodePicture(new Uint8Array(await request.arrayBuffer()))
    const { className, probability } = await predictor.predictPicture(picture)
    return Response.json({ className, probability })
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return Response.json({ error: error.message }, { status: 400 })
  }
}
