/** What a camera sees. Throws an `Error` in plain words; `elsewhere` is that of a browser that gives this page no camera. */
export async function cameraStream(video: MediaTrackConstraints, elsewhere: string): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(elsewhere)
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false })
  } catch (error) {
    const { name, message } = error as Error
    throw new Error(known[name] ?? `The camera does not work: ${message}`, { cause: error })
  }
}

const known: Readonly<Record<string, string>> = {
  NotAllowedError:
    'The browser was not allowed to use the camera. Allow it beside the address of the page, then open it again.',
  NotFoundError: 'The browser finds no camera. Connect one, then open it again.',
  NotReadableError: 'Another program uses the camera. Close that program, then open it again.',
}
