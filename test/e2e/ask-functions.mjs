// Sends a picture, something that is not a picture, and no body to the functions in the current folder, and prints what they answer:
// by name, [status, body] of each.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const load = name => import(pathToFileURL(`${process.cwd()}/${name}`))
const bodies = [readFileSync('picture.png'), Buffer.from('<html></html>'), null]
const answerOf = async response => [response.status, await response.json()]

const { app } = await load('express.js')
const server = app.listen(0)
await new Promise(resolve => server.on('listening', resolve))
const send = (url, body) => fetch(url, { method: 'POST', body, headers: { 'content-type': 'image/png' } })
const url = `http://127.0.0.1:${server.address().port}/predict`
const express = await Promise.all(bodies.map(async body => answerOf(await send(url, body))))
server.close()
server.closeAllConnections()

const { POST } = await load('next-route.js')
const requestOf = body => new Request('http://localhost/predict', { method: 'POST', body })
const next = await Promise.all(bodies.map(async body => answerOf(await POST(requestOf(body)))))

const { handler } = await load('lambda.js')
const lambda = await Promise.all(
  bodies.map(async body => {
    // As API Gateway sends it.
    const event = body ? { body: body.toString('base64'), isBase64Encoded: true } : { isBase64Encoded: false }
    const { statusCode, body: text } = await handler(event)
    return [statusCode, JSON.parse(text)]
  }),
)
process.stdout.write(JSON.stringify({ express, next, lambda }))
