import { INPUT } from '../graph.ts'

const LONGEST = 80

/** The name that a layer of another program gets in a model of Heddle, made of any text. */
export function nodeName(text: string): string {
  const letters = text
    .replace(/[^\w.-]+/g, '.')
    .replace(/^\.+/, '')
    .slice(0, LONGEST)
  return /^[A-Za-z]/.test(letters) && letters !== INPUT ? letters : `layer_${letters}`
}
