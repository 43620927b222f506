/** Brotli: as small as zstd's best for these modules, and in every Node. */
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

const compressAsync = promisify(brotliCompress)

/** Window of 16 MiB, the largest that every decoder reads. */
const window = 24

/** `draft` takes seconds instead of minutes and must not be committed. */
export function compress(bytes: Uint8Array, draft: boolean): Promise<Uint8Array> {
  return compressAsync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: draft ? 5 : 11,
      [constants.BROTLI_PARAM_LGWIN]: window,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
}
