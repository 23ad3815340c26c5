import express from 'express'
import { createPredictor, decodePicture, HeddleError, loadModel } from 'heddle'

const predictor = createPredictor(await loadModel('model.safetensors'))

export const app = express()

app.post('/predict', express.raw({ type: 'image/*', limit: '20mb' }), async (request, response) => {
  const { className, probability } = await predictor.predictPicture(await decodePicture(request.body))
  response.json({ className, probability })
})

app.use((error, _request, response, _next) => {
  const status = error instanceof HeddleError ? 400 : (error.status ?? 500)
  response.status(status).json({ error: status < 500 ? error.message : 'The server failed.' })
})
