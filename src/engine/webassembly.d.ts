/**
 * The parts of the WebAssembly JavaScript API that this room uses. TypeScript ships them only with the browser's
 * types, which would let `document` and `window` pass the compiler everywhere.
 */
declare namespace WebAssembly {
  type ImportValue = (...parameters: never[]) => unknown
  type Imports = Record<string, Record<string, ImportValue>>

  interface ImportDescriptor {
    readonly module: string
    readonly name: string
    readonly kind: 'function' | 'table' | 'memory' | 'global'
  }

  class Module {
    private readonly brand
    constructor(bytes: Uint8Array)
    static imports(module: Module): ImportDescriptor[]
  }

  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }

  class Memory {
    private readonly brand
    readonly buffer: ArrayBuffer
    /** Answers the number of pages before; throws RangeError beyond the maximum. */
    grow(pages: number): number
  }

  class Global {
    private readonly brand
    value: unknown
  }

  function compile(bytes: Uint8Array): Promise<Module>
}
