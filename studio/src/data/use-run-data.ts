import type { DataPage } from '../../../src/protocol/data.ts'
import type { Template } from '../../../src/protocol/studio.ts'
import { type Answer, useGet } from '../parts/use-get.ts'

/** What a run was trained on. */
export function useRunData(run: string | null): Answer<DataPage> {
  const template = useGet<Template>(run === null ? null : `/runs/${run}/template`)
  const name = template.data?.data
  const page = useGet<DataPage>(name === undefined ? null : `/data/${encodeURIComponent(name)}`)
  return template.error ? { ...template, data: null } : page
}
