import { createPredictor, decodePicture, HeddleError, loadModel } from 'heddle'

const predictor = createPredictor(await loadModel('model.safetensors'))

export async function handler({ body = '', isBase64Encoded = false }) {
  try {
    const picture = await decodePicture(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
    const { className, probability } = await predictor.predictPicture(picture)
    return { statusCode: 200, body: JSON.stringify({ className, probability }) }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { statusCode: 400, body: JSON.stringify({ error: error.message }) }
  }
}
