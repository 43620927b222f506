import type { Engines } from '../engine/engines.ts'
import type { Schemas } from '../judge/schema/catalogue.ts'
import type { Ports } from './ports.ts'

/** What every check needs and what takes longest to be ready. */
export interface Tools {
  readonly engines: Engines
  readonly schemas: Promise<Schemas>
}

/**
 * Gets the engines and schemas ready while the caller still looks for what to check, and closes the engines after it.
 * Of a cold check of one overlay this beginning was half a second. The engine of the API server is left to whoever
 * knows that something will be asked of it: it costs most of a second of processor time.
 */
export async function withEngines<T>(
  ports: Pick<Ports, 'openEngines' | 'loadSchemas'>,
  use: (tools: Tools) => Promise<T>,
): Promise<T> {
  const engines = ports.openEngines()
  engines.warm('render')
  const schemas = ports.loadSchemas()
  // Whoever needs the schemas hears of a failure; what fails before is told first.
  schemas.catch(() => undefined)
  try {
    return await use({ engines, schemas })
  } finally {
    await engines.close()
  }
}
