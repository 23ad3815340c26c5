import { basename, dirname } from 'node:path'

/** Names that many datasets go by: the folder above says more. */
const GENERAL =
  /^(train|training|test|split|splits|data|dataset|datasets|images?|imgs?|pictures|photos?|raw|processed|resized|archive|root|train-images-idx3-ubyte)$/i

/**
 * What a dataset is called after the file or folder that it is read from: its name, behind that of the folder above it where
 * many are called so.
 *
 * @example
 * nameOfPath('/home/me/flowers/train.csv', '.csv') // 'flowers/train'
 */
export function nameOfPath(path: string, extension = ''): string {
  const name = basename(path, extension).normalize('NFC')
  const above = basename(dirname(path)).normalize('NFC')
  return GENERAL.test(name) && above !== '' ? `${above}/${name}` : name
}
