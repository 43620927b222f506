/** The import module `tree` of the engine ABI over a {@link View}: sizes first, bytes into memory that Go allocated. */
import type { View } from './view.ts'

/** Answers of `stat`, `real` and `list` besides sizes and lengths (docs/engine-abi.md). */
const missing = -1
const directory = -2
const refused = -3

type TreeFunction = (...parameters: number[]) => number | bigint | undefined

/**
 * `memory` is asked at every call because growing detaches the buffer; `view` because every job has its own. A read
 * of a path whose `stat` did not answer a size breaks the ABI and throws, which ends the instance.
 */
export function createTreeImports(memory: () => ArrayBuffer, view: () => View): Record<string, TreeFunction> {
  const decoder = new TextDecoder()

  function text(pointer: number, length: number): string {
    return decoder.decode(new Uint8Array(memory(), pointer >>> 0, length >>> 0))
  }

  /** Writes the text when it fits and answers its length in bytes either way. */
  function answer(value: string, target: number, capacity: number): number {
    const bytes = new TextEncoder().encode(value)
    if (bytes.length <= capacity >>> 0) new Uint8Array(memory()).set(bytes, target >>> 0)
    return bytes.length
  }

  return {
    stat(pointer = 0, length = 0) {
      const found = view().look(text(pointer, length))
      if (found.kind === 'file') return BigInt(found.content.length)
      return BigInt(found.kind === 'directory' ? directory : found.kind === 'missing' ? missing : refused)
    },
    read(pointer = 0, length = 0, target = 0) {
      const path = text(pointer, length)
      const found = view().look(path)
      if (found.kind !== 'file') throw new TypeError(`the engine reads ${path}, which is ${found.kind}`)
      const { block, offset, length: size } = found.content
      new Uint8Array(memory()).set(new Uint8Array(block, offset, size), target >>> 0)
      return undefined
    },
    list(pointer = 0, length = 0, target = 0, capacity = 0) {
      const names = view().list(text(pointer, length))
      return names === undefined ? missing : answer(names.join('\0'), target, capacity)
    },
    real(pointer = 0, length = 0, target = 0, capacity = 0) {
      const found = view().look(text(pointer, length))
      if (found.kind === 'missing') return missing
      if (found.kind === 'refused') return refused
      return answer(found.path, target, capacity)
    },
  }
}
