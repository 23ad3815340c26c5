/** `kernelSize` as `kernel_size`. */
export function snakeCase(option: string): string {
  return option.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** `kernel_size` as `kernelSize`. */
export function camelCase(key: string): string {
  return key.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

/** The group of a class in a file of weights, by Keras' rule: `conv2d`, `p_re_lu`. */
function groupName(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** Numbers the groups of one container by class: `conv2d`, `conv2d_1`, … */
export function groupCounter(): (className: string) => string {
  const counts = new Map<string, number>()
  return className => {
    const group = groupName(className)
    const count = counts.get(group) ?? 0
    counts.set(group, count + 1)
    return count === 0 ? group : `${group}_${count}`
  }
}
