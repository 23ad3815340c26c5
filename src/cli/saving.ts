import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemFailure } from '../base/system-errors.ts'
import type { Network } from '../network/network.ts'
import { saveModel } from '../network/saved-model.ts'
import type { RunName } from '../protocol/tasks.ts'

/** The file of a model in the folder that `--save` names. */
export function savedPath(folder: string, { model, seed }: RunName): string {
  return join(folder, `${model}-${seed}.safetensors`)
}

/**
 * Saves the model of a run; `resume`: a file that is there was written when the run was finished. Returns the path if it could not be written:
 * the other trainings go on, as with a record the run still has the model.
 */
export async function saveRun(
  network: Network,
  path: string,
  { resume, onNotice }: { readonly resume: boolean; readonly onNotice: (message: string) => void },
): Promise<string | null> {
  if (resume && existsSync(path)) return null
  try {
    await saveModel(network, path)
    return null
  } catch (error) {
    onNotice(systemFailure(`The model ${path} cannot be saved`, error).message)
    return path
  }
}
